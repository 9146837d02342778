// In: a version of MLflow. Out: the interpreter of a virtual environment that has it, made once per clone in test/.cache.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url))
/** Beside MLflow: what our own servers have, for every store, and what its basic-auth app asks for. */
const EXTRAS = ['uvloop', 'httptools', 'Flask-WTF', 'boto3', 'psycopg2-binary']
const LOCK_LIMIT_MS = 300_000

/** The absolute path of the interpreter. Safe to call from several test files at once: the others wait for the first. */
export async function mlflowPython(version: string): Promise<string> {
  const venv = join(CACHE, `mlflow-${version}`)
  const python = join(venv, 'bin', 'python')
  const complete = join(venv, '.complete')
  const packages = [`mlflow==${version}`, ...EXTRAS]
  const isComplete = async () => (await readFile(complete, 'utf8').catch(() => '')) === packages.join('\n')
  if (await isComplete()) return python
  await mkdir(CACHE, { recursive: true })
  await withLock(`${venv}.lock`, async () => {
    if (await isComplete()) return
    const uv = await findUv()
    // One that is complete but for a package is used by others at this moment: it stays and gets what it lacks.
    if (!existsSync(complete)) {
      await rm(venv, { recursive: true, force: true })
      await run(uv, ['venv', '--quiet', '--python', 'python3', venv])
    }
    await run(uv, ['pip', 'install', '--quiet', '--python', python, ...packages], { maxBuffer: 1e8 })
    await writeFile(complete, packages.join('\n'))
  })
  return python
}

async function findUv(): Promise<string> {
  const folder = join(CACHE, 'uv')
  const uv = join(folder, 'bin', 'uv')
  if (existsSync(uv)) return uv
  const fresh = `${folder}.${process.pid}`
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', fresh, 'uv'])
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
  return uv
}

/** A folder is made by exactly one of those who try; one whose owner is gone is taken over. */
async function withLock(path: string, work: () => Promise<void>): Promise<void> {
  const owner = join(path, 'pid')
  const deadline = Date.now() + LOCK_LIMIT_MS
  while (!(await tryLock(path))) {
    if (Date.now() > deadline) throw new Error(`${path} is held for too long`)
    if (await isStale(path, owner)) await rm(path, { recursive: true, force: true })
    else await sleep(200)
  }
  try {
    await writeFile(owner, String(process.pid))
    await work()
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

function tryLock(path: string): Promise<boolean> {
  return mkdir(path).then(
    () => true,
    () => false,
  )
}

async function isStale(path: string, owner: string): Promise<boolean> {
  const pid = await readFile(owner, 'utf8').catch(() => undefined)
  if (pid !== undefined && pid !== '') return !existsSync(`/proc/${pid}`) && existsSync('/proc')
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  return age > 5000
}
