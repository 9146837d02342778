// In: src/. Out: the text of `mlflow-setup --help`, as the command line parser renders it at 80 columns.
import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'
import { build } from 'esbuild'

/** What a command loads when it runs is not needed to describe it. */
const commandsStayOutside = {
  name: 'commands-stay-outside',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    plugin.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    )
  },
}

/**
 * Runs the program as far as its help. The published program then only prints the text.
 * @param {string} root the folder of package.json
 * @param {string} version
 */
export async function renderHelp(root, version) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/commands/program.ts'],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    plugins: [commandsStayOutside],
    logLevel: 'warning',
  })
  /** @type {{ exports: { buildProgram?: Function } }} */
  const module = { exports: {} }
  const run = compileFunction(outputFiles[0]?.text ?? '', ['module', 'exports', 'require'])
  run(module, module.exports, createRequire(import.meta.url))
  let help = ''
  const terminal = { columns: 80, out: (/** @type {string} */ text) => (help += text) }
  await module.exports.buildProgram?.({ version, terminal })(['--help'])
  if (help === '') throw new Error('the program has no help')
  return help
}
