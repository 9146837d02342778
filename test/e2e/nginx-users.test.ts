import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { renderMarked, parseMarked } from '../../src/formats/content-mark.ts'
import type { StackSpec } from '../../src/stack/spec.ts'
import { renderSpec } from '../../src/stack/write-spec.ts'
import { proxyLayout } from '../../src/targets/native/proxy-layout.ts'
import { need } from '../testbed/need.ts'
import { applyPart, findNginxProgram, PASSWORD, startProxy } from '../testbed/nginx-server.ts'
import type { Proxied } from '../testbed/nginx-server.ts'
import { runCommand } from '../testbed/run-command.ts'

let proxied: Proxied | undefined

beforeAll(async () => {
  if (findNginxProgram() !== undefined) proxied = await startStack()
})

afterAll(() => proxied?.stop())

async function startStack(changes: Partial<StackSpec> = {}): Promise<Proxied> {
  const started = await startProxy({ auth: { kind: 'htpasswd', adminUser: 'admin' }, ...changes })
  const { spec, directory } = started.stack
  await mkdir(join(directory, '.mlflow-setup'), { recursive: true })
  await writeFile(join(directory, 'mlflow-setup.yaml'), renderSpec(spec, undefined))
  const env = `A=1\nMLFLOW_SETUP_ADMIN_PASSWORD='${PASSWORD}'\nB=2\n`
  await writeFile(join(directory, '.env'), renderMarked(env, '#'), { mode: 0o600 })
  return started
}

/** What nginx says to a login. */
async function login({ origin }: Proxied, user: string, password: string): Promise<number> {
  const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  const response = await fetch(`${origin}/api/2.0/mlflow/experiments/search`, { headers })
  await response.arrayBuffer()
  return response.status
}

const user = ({ stack }: Proxied, args: readonly string[], more: Partial<Parameters<typeof runCommand>[1]> = {}) =>
  runCommand(['user', ...args], { cwd: stack.directory, ...more })

async function makeUser(at: Proxied, name: string): Promise<string> {
  const { code, out } = await user(at, ['add', name, '--json'])
  expect(code).toBe(0)
  return String(Object(JSON.parse(out)).password)
}

const passwordsOf = ({ stack }: Proxied) => readFile(proxyLayout(stack).passwords, 'utf8')

describe('users of nginx', () => {
  it('are added, with a password that is made and said once, and come in at once', async (context) => {
    const at = need(context, proxied, 'nginx')
    const before = await passwordsOf(at)
    const { code, out, err } = await user(at, ['add', 'ada'])
    expect([code, err]).toEqual([0, ''])
    const password = /Password {2}(\S+)/.exec(out)?.[1] ?? ''
    expect(out).toContain(`ada may log in to ${at.stack.spec.publicUrl ?? ''}.`)
    expect(await login(at, 'ada', password)).toBe(200)
    expect(await login(at, 'ada', 'wrong')).toBe(401)
    expect(await login(at, 'admin', PASSWORD)).toBe(200)
    expect((await passwordsOf(at)).startsWith(before)).toBe(true)
    expect((await stat(proxyLayout(at.stack).passwords)).mode & 0o7777).toBe(0o600)
  })

  it.for(['from-a-file', `odd: "p$ss' w\\rd"`, 'ünïcödé', 'x'.repeat(72)])(
    'come in with the password in a file: %j',
    async (password, context) => {
      const at = need(context, proxied, 'nginx')
      const file = join(at.stack.directory, 'password.txt')
      await writeFile(file, `${password}\n`)
      const name = `user${password.length}`
      expect((await user(at, ['add', name, '--password-file', 'password.txt'])).code).toBe(0)
      expect([await login(at, name, password), await login(at, name, `${password.slice(1)}?`)]).toEqual([200, 401])
    },
  )

  it('choose their password at the terminal, typed twice', async (context) => {
    const at = need(context, proxied, 'nginx')
    const answers = { 'Password for bob?': 'typed by hand', 'Once more?': 'typed by hand' }
    const { code, out } = await user(at, ['add', 'bob'], { answers })
    expect([code, out]).toEqual([0, `bob may log in to ${at.stack.spec.publicUrl ?? ''}.\n`])
    expect(await login(at, 'bob', 'typed by hand')).toBe(200)
  })

  it('have another password at once, though nginx had checked the former one', async (context) => {
    const at = need(context, proxied, 'nginx')
    const password = await makeUser(at, 'eve')
    expect(await login(at, 'eve', password)).toBe(200)
    const env = { MLFLOW_SETUP_USER_PASSWORD: 'another password' }
    expect((await user(at, ['passwd', 'eve'], { env })).code).toBe(0)
    expect([await login(at, 'eve', password), await login(at, 'eve', 'another password')]).toEqual([401, 200])
  })

  it('are out at once when they are removed, though nginx had let them in', async (context) => {
    const at = need(context, proxied, 'nginx')
    const before = await passwordsOf(at)
    const password = await makeUser(at, 'mallory')
    expect(await login(at, 'mallory', password)).toBe(200)
    const { code, out } = await user(at, ['remove', 'mallory'])
    expect([code, out]).toEqual([0, 'mallory may no longer log in.\n'])
    expect(await login(at, 'mallory', password)).toBe(401)
    expect(await passwordsOf(at)).toBe(before)
  })

  it('change without a step through links of the user that nginx runs as', async (context) => {
    need(context, process.getuid?.() === 0 || undefined, 'root, who gives processes to others')
    const at = await startStack({ runAs: 'www-data' })
    try {
      const { logins } = proxyLayout(at.stack)
      expect(await login(at, 'admin', PASSWORD)).toBe(200)
      await makeUser(at, 'ada')
      expect(await readdir(logins)).toEqual([])
      const elsewhere = join(at.stack.directory, 'elsewhere')
      await mkdir(elsewhere)
      await writeFile(join(elsewhere, 'precious'), '')
      await rm(logins, { recursive: true })
      await symlink(elsewhere, logins)
      await makeUser(at, 'zoe')
      expect(await readdir(elsewhere)).toEqual(['precious'])
    } finally {
      await at.stop()
    }
  })

  it('are listed with what is known of them, also those that others made', async (context) => {
    const at = need(context, proxied, 'nginx')
    const path = proxyLayout(at.stack).passwords
    await writeFile(path, `${await passwordsOf(at)}carol:$6$salt$hash:Carol\n`)
    const { code, out } = await user(at, ['list'])
    expect(code).toBe(0)
    expect(out).toMatch(/^admin +bcrypt +first user, password in \.env$/m)
    expect(out).toMatch(/^carol +SHA-512 crypt +set by other means$/m)
    const document: unknown = JSON.parse((await user(at, ['list', '--json'])).out)
    expect(document).toMatchObject({ schemaVersion: 1, kind: 'users', name: 'mlflow' })
    expect(Object(document).users).toContainEqual({
      name: 'carol',
      hash: 'SHA-512 crypt',
      first: false,
      admin: true,
      foreign: true,
    })
    await user(at, ['add', 'dave'])
    expect(await passwordsOf(at)).toContain('\ncarol:$6$salt$hash:Carol\n')
  })
})

describe('the first user', () => {
  it('has the new password in .env too, and apply has nothing to change', async (context) => {
    const at = need(context, proxied, 'nginx')
    expect(await login(at, 'admin', PASSWORD)).toBe(200)
    const env = { MLFLOW_SETUP_USER_PASSWORD: `it's "new"` }
    const { code, out } = await user(at, ['passwd', 'admin'], { env })
    expect([code, out]).toEqual([
      0,
      'admin has another password.\nIt is in .env too, where mlflow-setup takes it from.\n',
    ])
    expect([await login(at, 'admin', PASSWORD), await login(at, 'admin', `it's "new"`)]).toEqual([401, 200])
    const text = await readFile(join(at.stack.directory, '.env'), 'utf8')
    expect(parseEnvFile(text)).toEqual({ A: '1', MLFLOW_SETUP_ADMIN_PASSWORD: `it's "new"`, B: '2' })
    expect(parseMarked(text).kind).toBe('pristine')
    await user(at, ['passwd', 'admin'], { env: { MLFLOW_SETUP_USER_PASSWORD: PASSWORD } })
    expect(await applyPart(at.stack, at.ports)).toEqual([])
  })

  it('stays', async (context) => {
    const at = need(context, proxied, 'nginx')
    const { code, err } = await user(at, ['remove', 'admin'])
    expect(code).toBe(2)
    expect(err).toContain('admin is the first user of mlflow and stays. Nothing was changed.')
    expect(await login(at, 'admin', PASSWORD)).toBe(200)
  })
})

describe('a change that cannot be', () => {
  it.for<[readonly string[], Record<string, string>, string]>([
    [['add', 'admin'], {}, 'There is a user admin already.'],
    [['passwd', 'admni'], {}, 'Did you mean admin?'],
    [['remove', 'nobody-at-all'], {}, 'There is no user nobody-at-all.'],
    [['add', 'a:b'], {}, 'it has a colon in it'],
    [['add', ''], {}, 'it is empty'],
    [['add', '#a'], {}, 'it begins with #'],
    [['add', 'zoe', '--password-file', 'nowhere.txt'], {}, 'There is no file nowhere.txt.'],
    [['add', 'zoe'], { MLFLOW_SETUP_USER_PASSWORD: 'a'.repeat(73) }, 'bcrypt looks at the first 72 only'],
    [['add', 'zoe'], { MLFLOW_SETUP_USER_PASSWORD: 'a\tb' }, 'It has a control character'],
    [['add'], {}, "missing required argument 'name'"],
    [['ad', 'zoe'], {}, 'Did you mean: mlflow-setup user add'],
  ])('%j is refused, and says why', async ([args, env, words], context) => {
    const at = need(context, proxied, 'nginx')
    const before = await passwordsOf(at)
    const { code, out, err } = await user(at, args, { env })
    expect([code, out]).toEqual([2, ''])
    expect(err.replaceAll(/\s+/g, ' ')).toMatch(new RegExp(words.replaceAll(/[.?#]/g, '\\$&'), 'i'))
    expect(await passwordsOf(at)).toBe(before)
  })

  it('leaves a file alone that is none of nginx', async (context) => {
    const at = need(context, proxied, 'nginx')
    const path = proxyLayout(at.stack).passwords
    const before = await passwordsOf(at)
    await writeFile(path, '<html>\n')
    const { code, err } = await user(at, ['add', 'zoe'])
    expect([code, await passwordsOf(at)]).toEqual([2, '<html>\n'])
    expect(err).toContain('is not a password file of nginx.')
    await writeFile(path, before)
  })

  it('is named where nobody logs in', async (context) => {
    const at = need(context, proxied, 'nginx')
    const open = join(at.stack.directory, 'open')
    await mkdir(open)
    const spec = { ...at.stack.spec, port: undefined, proxy: { kind: 'none' }, auth: { kind: 'none' } } as const
    await writeFile(join(open, 'mlflow-setup.yaml'), renderSpec(spec, undefined))
    const { code, err } = await runCommand(['user', 'list'], { cwd: open })
    expect(code).toBe(2)
    expect(err).toContain('has no users')
  })
})
