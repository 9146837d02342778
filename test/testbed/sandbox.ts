// In: nothing. Out: a user with an empty HOME who runs the built program; what they started is stopped at the end.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url))

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Sandbox {
  readonly home: string
  /** What the program sees, and nothing else. */
  readonly env: Record<string, string>
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** The same, under way. */
  start(args: readonly string[], options?: RunOptions): UnderWay
  /** Stops every stack that was set up here, by its own command, and removes everything. */
  remove(): Promise<void>
}

export interface UnderWay {
  readonly pid: number | undefined
  readonly ended: Promise<Ran>
  kill(signal: NodeJS.Signals): void
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Another Node.js. */
  readonly node?: string
  /** A command that runs the program, such as `setpriv`: it gets the program's words after its own. */
  readonly under?: readonly string[]
}

/** Package indexes and certificates as the machine has them, and caches that all tests share: they load MLflow once. */
function userEnvironment(home: string): Record<string, string> {
  const passedOn = Object.entries(process.env).filter(([name]) =>
    /^(PATH|LANG|(PIP|UV)_.+|SSL_CERT_.+|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy)$/i.test(name),
  )
  return {
    ...Object.fromEntries(passedOn.map(([name, value]) => [name, value ?? ''])),
    // Compose is a plugin in the real home.
    DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
    LANG: 'C.UTF-8',
    HOME: home,
    UV_CACHE_DIR: join(CACHE, 'uv-cache'),
    PIP_CACHE_DIR: join(CACHE, 'pip-cache'),
  }
}

export async function makeSandbox(): Promise<Sandbox> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-user-')))
  const home = join(top, 'home')
  await mkdir(home)
  const env = userEnvironment(home)
  const used = new Set<string>([join(home, 'mlflow')])
  const start: Sandbox['start'] = (args, { cwd = home, env: more = {}, node = process.execPath, under = [] } = {}) => {
    const named = args.indexOf('--dir')
    const directory = args[named + 1]
    if (named >= 0 && directory !== undefined) used.add(directory)
    const [file = node, ...words] = [...under, node, BIN, ...args]
    const child = execa(file, words, {
      cwd,
      env: { ...env, ...more },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    })
    const ended = child.then(({ exitCode, stdout, stderr }) => ({ code: exitCode ?? -1, out: stdout, err: stderr }))
    return { pid: child.pid, ended, kill: (signal) => child.kill(signal) }
  }
  const run: Sandbox['run'] = (args, options) => start(args, options).ended
  const remove = async () => {
    const failed: string[] = []
    for (const directory of used) {
      if (!existsSync(join(directory, 'mlflow-setup.yaml'))) continue
      const { code, out, err } = await run(['stop', '--dir', directory])
      // 2: a test made its mlflow-setup.yaml unreadable.
      if (code !== 0 && code !== 2) failed.push(`${directory} was not stopped: ${err}${out}`)
      if (existsSync(join(directory, 'compose.yaml'))) await removeContainers(directory, env)
    }
    if (failed.length > 0) throw new Error(failed.join('\n'))
    await rm(top, { recursive: true, force: true })
  }
  return { home, env, run, start, remove }
}

/** With their volumes and the image that was built for them. */
async function removeContainers(directory: string, env: Readonly<Record<string, string>>): Promise<void> {
  const args = ['compose', 'down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '1']
  await execa('docker', args, { cwd: directory, env, extendEnv: false })
  const [, image] =
    /image: "?(mlflow-setup\/[^"\s]+)/.exec(await readFile(join(directory, 'compose.yaml'), 'utf8')) ?? []
  if (image !== undefined) await execa('docker', ['image', 'rm', image], { env, extendEnv: false, reject: false })
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/** The pid of the server of a stack that runs in the background. */
export async function serverPid(directory: string): Promise<number> {
  const state: unknown = JSON.parse(await readFile(join(directory, '.mlflow-setup/supervisor.json'), 'utf8'))
  const pid = /"pid": ?(\d+)/.exec(JSON.stringify(Object(state).services))?.[1]
  if (pid === undefined) throw new Error('the supervisor names no server')
  return Number(pid)
}

/** Asks again and again until the answer is what the test waits for. */
export async function eventually<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, limitMs = 60_000): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (fits(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
