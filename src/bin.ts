// In: the arguments of this process. Out: its exit code.
// The first file that runs, also on a Node.js that cannot read the others: old syntax only, and no static import of ours.
// `module` and `url` without `node:`, which Node 14.0 to 14.13 cannot load.
import * as nodeModule from 'module'
import { fileURLToPath } from 'url'

const OLDEST = '20.19'

/** Versions as one number each: 20.19 is 20019. */
function rank(version: string): number {
  const parts = version.split('.').map(Number)
  return Number(parts[0]) * 1000 + Number(parts[1])
}

/**
 * Keeps compiled code from run to run, which saves milliseconds of each start (Node 22.1 and newer). It is kept beside
 * the program, not in the shared /tmp, where another user could leave code for us; where that is not writable, nothing is kept.
 */
function keepCompiledCode(): void {
  const enable: unknown = Reflect.get(nodeModule, 'enableCompileCache')
  if (typeof enable === 'function') enable(fileURLToPath(new URL('.compiled', import.meta.url)))
}

function start(): void {
  const version = process.versions.node
  if (rank(version) < rank(OLDEST)) {
    const cure = 'Install a newer one from https://nodejs.org, or with nvm: nvm install 22.'
    process.stderr.write(`mlflow-setup needs Node.js ${OLDEST} or newer; this is ${version}. ${cure}\n`)
    process.exitCode = 1
    return
  }
  keepCompiledCode()
  void import('./main.ts')
    .then(({ run }) => run(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code
    })
}

start()
