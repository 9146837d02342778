// In: a checkout in any state and the user's arguments. Out: what mlflow-setup makes of them; `npm start -- ARGUMENTS`.
// Old syntax and no static import of ours: it has to say the one clear line on a Node.js that is too old.
import { readFileSync } from 'fs'
import { fileURLToPath } from 'url'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const oldest = engines.node.replace('>=', '').replace(/\.0$/, '')

/** Versions as one number each: 20.19 is 20019. */
function rank(/** @type {string} */ version) {
  const parts = version.split('.').map(Number)
  return Number(parts[0]) * 1000 + Number(parts[1])
}

if (rank(process.versions.node) < rank(oldest)) {
  const cure = 'Install a newer one from https://nodejs.org, or with nvm: nvm install 22.'
  process.stderr.write(`mlflow-setup needs Node.js ${oldest} or newer; this is ${process.versions.node}. ${cure}\n`)
  process.exitCode = 1
} else {
  void run()
}

/** In this very process, so that signals, the terminal and the exit code are the program's own. */
async function run() {
  const { buildWhenStale, installPackages } = await import('./prepare.mjs')
  if (!installPackages()) {
    process.exitCode = 1
    return
  }
  await buildWhenStale()
  const bin = new URL('../dist/bin.js', import.meta.url)
  process.argv[1] = fileURLToPath(bin)
  await import(bin.href)
}
