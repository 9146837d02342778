import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setPasswordFile } from '../../src/actions/set-password-file.ts'
import { hashKindOf } from '../../src/formats/password-hash.ts'
import { Secret } from '../../src/secret.ts'
import { need } from '../testbed/need.ts'
import { realPorts } from '../testbed/services.ts'

const { signal } = new AbortController()
const CHOSEN = 'correct horse battery staple'

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-passwords-'))
  path = join(folder, 'htpasswd')
})
afterEach(() => rm(folder, { recursive: true }))

function portsWith(password: string) {
  return { ...realPorts(), secrets: { MLFLOW_SETUP_ADMIN_PASSWORD: new Secret(password) } }
}

const input = (owner?: string) => ({
  path,
  adminUser: 'admin',
  logins: join(folder, 'logins'),
  ...(owner === undefined ? {} : { owner }),
})
const look = (password = CHOSEN, owner?: string) => setPasswordFile.inspect(input(owner), portsWith(password), signal)
const apply = (password = CHOSEN, owner?: string) =>
  setPasswordFile.apply(input(owner), portsWith(password), () => undefined, signal)
const text = () => readFile(path, 'utf8')

describe('the password file', () => {
  it('is made, for its owner alone, and is as wanted then', async () => {
    expect(await look()).toEqual({ effect: 'create', why: 'not there yet' })
    await apply()
    expect(await look()).toEqual({ effect: 'unchanged', why: 'as wanted' })
    expect(await text()).toMatch(/^admin:\$2y\$10\$.{53}:mlflow-setup [0-9a-f]{8}\n$/)
    expect((await stat(path)).mode & 0o7777).toBe(0o600)
    const before = await text()
    await apply()
    expect(await text()).toBe(before)
    expect(await readdir(folder)).toEqual(['htpasswd'])
  })

  it('has a fast hash of a random password', async () => {
    await apply('Aw3-xk9_Q0zLm2Tt7bC5-9dV')
    expect(hashKindOf((await text()).split(':')[1] ?? '')).toBe('salted SHA-1')
  })

  it('keeps what others put there, byte by byte', async () => {
    const foreign = '# ours\r\nbob:$apr1$abc$def\r\neve:$6$x$y:Eve\r\n'
    await writeFile(path, foreign)
    expect(await look()).toEqual({ effect: 'update', why: 'admin is not in it yet' })
    await apply()
    expect((await text()).startsWith(foreign)).toBe(true)
    expect(await look()).toMatchObject({ effect: 'unchanged' })
  })

  it('follows a new password in .env, and lets nobody in by the former one', async () => {
    await apply()
    await mkdir(join(folder, 'logins'))
    await writeFile(join(folder, 'logins', 'checked'), 'the former password')
    await apply()
    expect(await readdir(join(folder, 'logins'))).toEqual(['checked'])
    expect(await look('another password')).toEqual({ effect: 'update', why: 'the password of admin changes' })
    await apply('another password')
    expect(await readdir(join(folder, 'logins'))).toEqual([])
    expect(await look('another password')).toMatchObject({ effect: 'unchanged' })
    expect(await look()).toMatchObject({ effect: 'update' })
  })

  it.each([
    ['by hand', 'admin:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=', 'is not'],
    ['to a hash that we cannot check', 'admin:$6$salt$whatever', 'cannot be compared with'],
  ])('takes no password back that was changed %s', async (_how, line, words) => {
    await apply()
    const mark = (await text()).split(':')[2] ?? ''
    await writeFile(path, `${line}:${mark}`, { mode: 0o600 })
    expect(await look()).toEqual({
      effect: 'conflict',
      why: `the password of admin ${words} the one in .env; set it with mlflow-setup user passwd admin`,
    })
  })

  it('takes an entry of others as it is when it is of the same password', async () => {
    await writeFile(path, 'admin:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=\n', { mode: 0o600 })
    expect(await look('myPassword')).toMatchObject({ effect: 'unchanged' })
  })

  it('is a conflict where it is none, and stays', async () => {
    await writeFile(path, '<html>\n')
    expect(await look()).toEqual({ effect: 'conflict', why: 'Line 1 is no user with a hash behind a colon' })
    await expect(apply()).rejects.toMatchObject({ code: 'htpasswd.broken' })
    expect(await text()).toBe('<html>\n')
  })

  it('is closed again when it was opened', async () => {
    await apply()
    await chmod(path, 0o644)
    expect(await look()).toEqual({ effect: 'update', why: 'mode 0644 becomes 0600' })
    await apply()
    expect((await stat(path)).mode & 0o7777).toBe(0o600)
  })

  it('can be read by the group of another user, and written by root only', async (context) => {
    need(context, process.getuid?.() === 0 ? true : undefined, 'root')
    await apply(CHOSEN, 'daemon')
    const found = await stat(path)
    expect([found.mode & 0o7777, found.uid, found.gid]).toEqual([0o640, 0, 1])
    expect(await look(CHOSEN, 'daemon')).toMatchObject({ effect: 'unchanged' })
    expect(await look(CHOSEN, 'nobody')).toEqual({ effect: 'update', why: 'nobody may read it, as which nginx runs' })
    await expect(apply(CHOSEN, 'no-such-user')).rejects.toMatchObject({ code: 'account.none' })
  })
})
