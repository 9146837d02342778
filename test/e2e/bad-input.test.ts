import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeBarePython } from '../testbed/bare-python.ts'
import { need } from '../testbed/need.ts'
import { HIDE_PYTHON, makePrivateMounts, withoutRoot, type PrivateMounts } from '../testbed/private-mounts.ts'
import { freePort, makeSandbox, type Ran, type RunOptions, type Sandbox } from '../testbed/sandbox.ts'

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

let sandbox: Sandbox
let open: string

beforeAll(async () => {
  sandbox = await makeSandbox()
  open = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-open-')))
  await chmod(open, 0o755)
})

afterAll(async () => {
  await sandbox.remove()
  await rm(open, { recursive: true, force: true })
})

// Whatever a test here did: nothing was made, not even a directory.
afterEach(async () => {
  const made = await readdir(sandbox.home)
  if (made.length > 0) throw new Error(`this was made: ${made.join(', ')}`)
})

/** The words without the breaks of lines that 80 columns need. */
const flat = (text: string) => text.replace(/\s+/g, ' ').trim()

/** The same fault as text and as JSON, which must agree. */
async function refused(args: readonly string[], options: RunOptions = {}): Promise<{ text: string; code: string }> {
  const [text, json] = await Promise.all([sandbox.run(args, options), sandbox.run([...args, '--json'], options)])
  expect([text.code, text.out]).toEqual([2, ''])
  expect([json.code, json.err]).toEqual([2, ''])
  const document = JSON.parse(json.out)
  expect(document).toMatchObject({ schemaVersion: 1, kind: 'error', ok: false, errors: [{ kind: 'user' }] })
  return { text: flat(text.err), code: document.errors[0].code }
}

describe('a port that is taken', () => {
  let server: Server
  let port: number

  beforeAll(async () => {
    port = await freePort()
    server = createServer().listen(port, '127.0.0.1')
  })
  afterAll(() => server.close())

  it('is refused by the name of who has it, with one that is free', async () => {
    const { text, code } = await refused(['--yes', '--public-url', `http://127.0.0.1:${port}`])
    expect(text).toMatch(
      new RegExp(`port ${port} is taken by \\S+ \\(pid ${process.pid}\\); free is http://127\\.0\\.0\\.1:5\\d{3}`),
    )
    expect(code).toBe('answers.wrong')
  })

  it('is refused also behind a proxy of the user', async () => {
    const args = ['--yes', '--scenario', '5', '--public-url', 'https://mlflow.example.com', '--port', String(port)]
    expect((await refused(args)).text).toMatch(/--port port \d+ is taken by .*; free is 5\d{3} MLFLOW_SETUP_PORT/)
  })
})

describe('a machine', () => {
  let hidden: PrivateMounts | undefined
  const on = (path: string): RunOptions => ({ env: { PATH: path }, under: hidden?.under ?? [] })

  beforeAll(async () => {
    hidden = await makePrivateMounts(sandbox.home, HIDE_PYTHON)
  })
  afterAll(() => hidden?.close())

  it('without Python is told what its distribution calls it', async (context) => {
    need(context, hidden, 'mount namespaces')
    const { text } = await refused(['--yes'], on(SYSTEM_PATH))
    expect(text).toMatch(/--python missing: a Python 3\.10 or newer/)
    expect(text).toMatch(/install it with: (apt-get|dnf|yum|zypper|apk|pacman) .*python3/)
  })

  it('with an old Python only is told which one and what is missing', async (context) => {
    need(context, hidden, 'mount namespaces')
    const old = need(context, await oldPython(), 'a Python older than 3.10 in ~/.pyenv')
    const bin = join(open, 'old')
    await mkdir(bin)
    await symlink(old, join(bin, 'python3.8'))
    const { text } = await refused(['--yes'], on(`${bin}:${SYSTEM_PATH}`))
    expect(text).toMatch(/\(.*python3\.8: Python 3\.\d\.\d+ is older than 3\.10\)/)
  })

  it('with a Python that has neither venv nor pip is told so', async (context) => {
    need(context, hidden, 'mount namespaces')
    const bin = need(context, await makeBarePython(join(open, 'bare')), 'a Python that runs at another place')
    const { text } = await refused(['--yes'], on(`${bin}:${SYSTEM_PATH}`))
    expect(text).toMatch(/Python 3\.\d+\.\d+ has neither pip nor ensurepip/)
    expect(text).toMatch(/apt-get install .*python3-venv|dnf|zypper|apk|pacman/)
  })

  it.each(['/nowhere/python', '/bin/sh'])('has no Python at %s', async (path) => {
    expect((await refused(['--yes', '--python', path])).text).toContain(`${path} is not a Python that runs`)
  })
})

/** The Pythons of pyenv, where this machine has it. */
async function oldPython(): Promise<string | undefined> {
  const versions = join(homedir(), '.pyenv/versions')
  const names = await readdir(versions).catch(() => [])
  const name = names.find((version) => /^3\.[6-9]\./.test(version))
  return name === undefined ? undefined : join(versions, name, 'bin/python3')
}

describe('a stack directory', () => {
  it('that this user may not write to is refused', async () => {
    await mkdir(join(open, 'closed'), { mode: 0o555 })
    const options = { cwd: '/', env: { HOME: join(open, 'closed') }, under: withoutRoot() }
    expect((await refused(['--yes'], options)).text).toMatch(/--dir ~\/mlflow is not writable for this user/)
    const named = await refused(['--yes', '--dir', join(open, 'closed/deep/er')], options)
    expect(named.text).toMatch(/~\/deep\/er is not writable for this user/)
    expect(await readdir(join(open, 'closed'))).toEqual([])
  })

  it('on a disk that is mounted read-only is refused', async (context) => {
    const disk = join(open, 'read-only')
    await mkdir(disk)
    const mounts = need(
      context,
      await makePrivateMounts(sandbox.home, `mount -t tmpfs -o ro none '${disk}'`),
      'mount namespaces',
    )
    const { text } = await refused(['--yes', '--dir', join(disk, 'x')], { under: mounts.under })
    expect(text).toContain(`${disk}/x is not writable`)
    await mounts.close()
  })

  it('on a disk with too little room is refused, with what is needed', async (context) => {
    const disk = join(open, 'small')
    await mkdir(disk)
    const mounts = need(
      context,
      await makePrivateMounts(sandbox.home, `mount -t tmpfs -o size=300m none '${disk}'`),
      'mount namespaces',
    )
    const { text } = await refused(['--yes', '--dir', join(disk, 'x')], { under: mounts.under })
    expect(text).toMatch(/small\/x has 31\d MB of disk free and MLflow needs 1200 MB; free some or name another disk/)
    expect(await readdir(mounts.path(disk))).toEqual([])
    await mounts.close()
  })

  it('full of other files is refused, with a place that would do', async () => {
    const full = join(open, 'full')
    await mkdir(full)
    await Promise.all(['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) => writeFile(join(full, name), '')))
    const { text } = await refused(['--yes', '--dir', full])
    expect(text).toContain(`full holds other files (a.txt, b.txt, c.txt and 1 more)`)
    expect(text).toContain(join(full, 'mlflow'))
    expect(await readdir(full)).toHaveLength(4)
  })

  it('that is a file, or below one, is refused', async () => {
    const file = join(open, 'file')
    await writeFile(file, 'mine')
    expect((await refused(['--yes', '--dir', file])).text).toContain('file is not a directory')
    expect((await refused(['--yes', '--dir', join(file, 'x')])).text).toMatch(
      /file\/x .*(not writable|not a directory)/,
    )
  })

  it.each([
    ['50% off', 'has a % in its path, from which MLflow cannot start'],
    [`both ' and "`, 'has both kinds of quotes in its path'],
    ['a:b', 'has a colon in its path'],
    ['', 'is empty; give a path'],
    ['two\nlines', 'has a line break in it'],
  ])('with the name %j is refused with the reason', async (name, reason) => {
    expect((await refused(['--yes', '--dir', name === '' ? '' : join(sandbox.home, name)])).text).toContain(reason)
  })
})

describe('no home directory', () => {
  it('wants --dir, and is content with it', async (context) => {
    const mounts = need(context, await makePrivateMounts('/', 'mount --bind /dev/null /etc/passwd'), 'mount namespaces')
    // A user without an entry in the list of users and without HOME, as containers have it.
    const nobody = { cwd: '/', under: [...mounts.under, 'env', '-u', 'HOME', ...withoutRoot(4711)] }
    const { text } = await refused(['--yes'], nobody)
    expect(text).toMatch(/--dir missing: the stack directory, because HOME is not set MLFLOW_SETUP_DIR/)
    expect((await refused(['status'], nobody)).text).toMatch(/no home directory.*--dir, or set HOME/)
    const free = join(open, 'free')
    await mkdir(free)
    await chmod(free, 0o777)
    const planned: Ran = await sandbox.run(['plan', '--dir', join(free, 'mlflow')], nobody)
    expect([planned.code, planned.out]).toEqual([0, expect.stringContaining(`${free}/mlflow`)])
    expect(existsSync(join(free, 'mlflow'))).toBe(false)
    await mounts.close()
  })
})
