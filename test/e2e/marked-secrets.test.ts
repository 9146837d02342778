import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { processesWith, type SeenProcess } from '../testbed/processes.ts'
import { freePort, makeSandbox, type Ran, type Sandbox } from '../testbed/sandbox.ts'

/** Every secret begins with this, so that one search finds them all. */
const MARK = 'M4RK3D-S3CR3T'
const PASSPHRASE = `${MARK}-passphrase-0123456789-0123456789`
const PASSWORD = `${MARK}-password`
/** A key for Fernet: 32 bytes in URL-safe base64, whose alphabet the mark keeps to. */
const KEY = `${MARK}${'A'.repeat(43 - MARK.length)}=`

/** Between two looks at all processes. The shortest of them, a Python that is asked about itself, takes about as long. */
const LOOK_MS = 25

let sandbox: Sandbox
let stack: string
let port: number

beforeAll(async () => {
  sandbox = await makeSandbox()
  stack = join(sandbox.home, 'mlflow')
  port = await freePort()
})
afterAll(() => sandbox.remove())

const finds = (text: string) => text.includes(MARK)

/** Runs it, and watches all processes of this machine meanwhile. */
async function watched(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran & { readonly seen: readonly SeenProcess[] }> {
  const running = sandbox.start([...args, '--debug', '--verbose'], { env })
  const over = new AbortController()
  void running.ended.then(() => over.abort())
  const seen: SeenProcess[] = []
  while (!over.signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- look after look
    seen.push(...(await processesWith(MARK)))
    // oxlint-disable-next-line no-await-in-loop -- leaves the program its share of the machine
    await setTimeout(LOOK_MS)
  }
  return { ...(await running.ended), seen }
}

/** The texts of the stack directory, by path, but for the environment, the data and the packages. */
async function textsOf(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(venv|tools|data)\//.test(path) && path !== join(stack, '.env'))
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')] as const)))
}

it('no secret is said, written or handed over as an argument', { timeout: 300_000 }, async () => {
  // A setup that stops before anything is installed leaves a stack whose .env is there; its secrets are kept from then on.
  const offline = {
    PIP_INDEX_URL: 'http://127.0.0.1:1/',
    UV_DEFAULT_INDEX: 'http://127.0.0.1:1/',
    PIP_FIND_LINKS: '',
    PIP_RETRIES: '0',
  }
  const empty = { ...offline, UV_CACHE_DIR: join(sandbox.home, 'empty') }
  const setup = ['--yes', '--public-url', `http://127.0.0.1:${port}`]
  expect((await sandbox.run(setup, { env: empty })).code).toBe(1)
  const env = await readFile(join(stack, '.env'), 'utf8')
  const planted = env
    .replace(/^(MLFLOW_CRYPTO_KEK_PASSPHRASE)=.*$/m, `$1=${PASSPHRASE}`)
    .replace(/^(MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY)=.*$/m, `$1=${KEY}`)
  expect(planted.split(MARK)).toHaveLength(3)
  await writeFile(join(stack, '.env'), planted)

  const login = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: PASSWORD }
  const python = join(stack, 'venv/bin/python')
  const url = `http://127.0.0.1:${port}`
  const runs: (readonly [readonly string[], Record<string, string>, number])[] = [
    [['apply'], empty, 1],
    [setup, {}, 0],
    [['apply', '--json'], {}, 0],
    [['plan', '--json'], {}, 0],
    [['test', '--test-client', 'all'], login, 0],
    [['test', url, '--test-client', 'all', '--python', python], login, 0],
    [['test', 'http://127.0.0.1:1', '--test-client', 'all', '--python', python], login, 1],
    [['test', `http://ada:${PASSWORD}@127.0.0.1:${port}`], {}, 2],
    [['test', `ada:${PASSWORD}@127.0.0.1:${port}`], {}, 2],
    [
      [
        'plan',
        '--backend-store',
        `postgresql://ada:${PASSWORD}@db/mlflow`,
        '--public-url',
        `http://ada:${PASSWORD}@127.0.0.1`,
      ],
      {},
      2,
    ],
    [['restart'], {}, 0],
    [['status'], {}, 0],
    [['logs', '--lines', '1000'], {}, 0],
    [['stop'], {}, 0],
    [['start', '--json'], {}, 0],
    [['plan', '--workers', '99'], login, 2],
  ]
  for (const [args, variables, expected] of runs) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, on one stack
    const { code, out, err, seen } = await watched(args, variables)
    // What the user typed into the address is in their own command line, and nowhere else.
    const own = (process: SeenProcess) =>
      args.some((word) => finds(word)) && process.commandLine.includes('dist/bin.js')
    expect([args, code, finds(out), finds(err), seen.filter((process) => !own(process))]).toEqual([
      args,
      expected,
      false,
      false,
      [],
    ])
  }

  // An edited .env is shown as a difference, without its secrets.
  await writeFile(join(stack, '.env'), `${await readFile(join(stack, '.env'), 'utf8')}MY_API_TOKEN=${PASSWORD}\n`)
  const conflict = await watched(['apply'])
  expect([conflict.code, finds(conflict.out), finds(conflict.err)]).toEqual([2, false, false])
  expect(conflict.err).toContain('MY_API_TOKEN=[redacted]')
  expect(finds((await watched(['plan', '--json'])).out)).toBe(false)

  const texts = await textsOf(stack)
  expect([...texts.keys()].map((path) => path.slice(stack.length + 1))).toEqual(
    expect.arrayContaining([
      'mlflow-setup.yaml',
      '.mlflow-setup/journal.jsonl',
      '.mlflow-setup/services.json',
      'logs/mlflow.log',
    ]),
  )
  expect([...texts].filter(([, text]) => finds(text)).map(([path]) => path)).toEqual([])
})
