// In: esbuild. Out: a plugin that bundles packages without the parts of them that we never use.
import { dirname, join } from 'node:path'

/**
 * commander loads `node:child_process` at once, for subcommands that are programs of their own: 2 to 4 ms of every start, and we have
 * none. pg takes its other client, on the package `pg-native` that nobody installs here, where a variable of the user's
 * (`NODE_PG_FORCE_NATIVE`) asks for it: it gets the one in JavaScript again.
 */
export const leftOut = {
  name: 'left-out',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    plugin.onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    )
    plugin.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
    plugin.onResolve({ filter: /^\.\/native$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]pg[\\/]/.test(importer) ? { path: join(dirname(importer), 'client.js') } : undefined,
    )
  },
}
