// In: esbuild. Out: a plugin that bundles commander without `node:child_process`.

/**
 * commander loads `node:child_process` at once, for subcommands that are programs of their own. We have none, and its load takes
 * 2 to 4 ms of every start.
 */
export const noSubprograms = {
  name: 'no-subprograms',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    plugin.onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'no-subprograms' } : undefined,
    )
    plugin.onLoad({ filter: /./, namespace: 'no-subprograms' }, () => ({ contents: 'module.exports = {}' }))
  },
}
