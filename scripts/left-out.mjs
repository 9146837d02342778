// In: esbuild. Out: a plugin that bundles packages without the parts of them that we never use.
import { dirname, join } from 'node:path'

/**
 * Modules that become empty, by the package that asks for them:
 * - commander loads `node:child_process` at once, for subcommands that are programs of their own: 2 to 4 ms of every start, and we have none.
 * - handlebars loads `source-map` to tell where a template's code came from, and does without where there is none, as in browsers.
 * - the AWS SDK loads `bowser` to tell one browser from another, and a dozen ways to find keys, where it is not given any: it is.
 */
const EMPTY = [
  { asker: 'commander', module: 'node:child_process' },
  { asker: 'handlebars', module: 'source-map' },
  { asker: '@aws-sdk', module: 'bowser' },
  { asker: '@aws-sdk', module: '@aws-sdk/credential-provider-node' },
]

const isOf = (/** @type {string} */ asker, /** @type {string} */ path) =>
  path.split(/[\\/]/).join('/').includes(`/node_modules/${asker}/`)

export const leftOut = {
  name: 'left-out',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    for (const { asker, module } of EMPTY) {
      plugin.onResolve({ filter: new RegExp(`^${module}$`) }, ({ importer, path }) =>
        isOf(asker, importer) ? { path, namespace: 'left-out' } : undefined,
      )
    }
    plugin.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
    // pg takes its other client, on the package `pg-native` that nobody installs here, where a variable of the user's
    // (`NODE_PG_FORCE_NATIVE`) asks for it: it gets the one in JavaScript again.
    plugin.onResolve({ filter: /^\.\/native$/ }, ({ importer }) =>
      isOf('pg', importer) ? { path: join(dirname(importer), 'client.js') } : undefined,
    )
  },
}
