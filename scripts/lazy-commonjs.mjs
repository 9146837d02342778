// In: esbuild. Out: a plugin that lets `await import('yaml')` give what Node.js gives.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** As Node.js decides it: by the ending, or else by `type` in the nearest package.json. What that names as `module` is none for bundlers. */
function isCommonJs(/** @type {string} */ path) {
  if (path.endsWith('.cjs')) return true
  if (!path.endsWith('.js')) return false
  let folder = dirname(path)
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  const { type, module } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return type !== 'module' && (module === undefined || join(folder, module) !== path)
}

/**
 * esbuild gives a lazily imported CommonJS module nothing but a default export, while Node.js, and so the tests and the
 * types, also sees its names (https://github.com/evanw/esbuild/issues/3245). In between comes a module with those names.
 */
export const lazyCommonJs = {
  name: 'lazy-commonjs',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    plugin.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir }) => {
      // What a package loads lazily is its own business: it was written for what bundlers make of it.
      if (kind !== 'dynamic-import' || importer.includes('/node_modules/')) return undefined
      const found = await plugin.resolve(path, { kind: 'import-statement', importer, resolveDir })
      if (found.errors.length > 0 || found.external || !isCommonJs(found.path)) return undefined
      return { path: found.path, namespace: 'lazy-commonjs' }
    })
    plugin.onLoad({ filter: /./, namespace: 'lazy-commonjs' }, async ({ path }) => {
      const names = Object.keys(await import(pathToFileURL(path).href))
      const shown = names.filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name))
      const lines = [`const whole = require(${JSON.stringify(path)})`, 'export default whole']
      return {
        contents: [...lines, `export const { ${shown.join(', ')} } = whole`].join('\n'),
        resolveDir: dirname(path),
      }
    })
  },
}
