// In: the built program at a pseudo-terminal. Out: how long a person waits for the first question.
import { spawn } from '@lydell/node-pty'
import { compare, measureInTurns } from './measure.mjs'
import { bin, createVite, inFolder, userEnvironment } from './programs.mjs'

const LIMIT_MS = 30_000

/** Milliseconds until the text stands on the terminal; then the program, which has changed nothing, is killed. */
function timeUntil(/** @type {string} */ text, /** @type {string} */ program, /** @type {string} */ folder) {
  const env = { ...userEnvironment(folder), TERM: 'xterm-256color' }
  const started = performance.now()
  const pty = spawn(process.execPath, [program], { cols: 100, rows: 50, cwd: folder, env })
  let written = ''
  return new Promise((/** @type {(time: number) => void} */ resolve, reject) => {
    let time = Number.NaN
    const limit = setTimeout(() => pty.kill('SIGKILL'), LIMIT_MS)
    pty.onData((data) => {
      written += data
      if (!Number.isNaN(time) || !written.includes(text)) return
      time = performance.now() - started
      pty.kill('SIGKILL')
    })
    pty.onExit(() => {
      clearTimeout(limit)
      if (Number.isNaN(time)) reject(new Error(`never saw ${text} in:\n${written}`))
      else resolve(time)
    })
  })
}

/** @returns {Promise<import('./measure.mjs').Row[]>} */
export async function firstPrompt(/** @type {number} */ rounds) {
  const vite = createVite()
  return inFolder(async (folder) => {
    const samples = {
      ours: () => timeUntil('Who will use this MLflow?', bin, folder),
      vite: () => timeUntil('Project name', vite, folder),
    }
    const of = await measureInTurns(samples, { rounds: rounds * 5, warmUp: 2 })
    return [compare({ name: 'first question', ours: of('ours'), peerName: 'create-vite', peer: of('vite'), most: 1.1 })]
  })
}
