// In: esbuild. Out: a plugin that keeps what the first question needs in one file.
import { join, relative } from 'node:path'

/** By its imports: the world, and the wizard as far as its first question. */
const FIRST_PART = 'src/command-line.ts'

/**
 * esbuild gives modules that are needed by different lazily loaded parts files of their own: the first question came out of 27,
 * and each takes a millisecond to load. When every part needs the whole first one, that is one file.
 */
export const oneFirstPart = {
  name: 'one-first-part',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    const root = plugin.initialOptions.absWorkingDir ?? '.'
    // By paths from the root: names of files in dist/ do not depend on where the checkout is.
    plugin.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: relative(root, join(resolveDir, path)), namespace: 'part' } : undefined,
    )
    plugin.onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
      contents: `import './${FIRST_PART}'\nexport * from './${path}'`,
      resolveDir: root,
    }))
  },
}
