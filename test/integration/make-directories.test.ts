import { chown, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeDirectories } from '../../src/actions/make-directories.ts'
import { need } from '../testbed/need.ts'
import { realPorts } from '../testbed/services.ts'

const { signal } = new AbortController()
const ports = realPorts()
const STRANGER = 54_321
let folder = ''

beforeEach(async (context) => {
  need(context, process.getuid?.() === 0 || undefined, 'root, who gives folders to others')
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-folders-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it.each(['nobody', 'nobody-is-called-so'])('leaves a store of somebody else alone, for the user %s', async (owner) => {
  const theirs = join(folder, 'theirs')
  await mkdir(theirs, { mode: 0o500 })
  await chown(theirs, STRANGER, STRANGER)
  const input = { paths: [join(folder, 'new'), theirs], mode: 0o700, owner, keepsOwner: true } as const
  await expect(makeDirectories.inspect(input, ports, signal)).rejects.toMatchObject({ code: 'files.foreign-folder' })
  const code = owner === 'nobody' ? 'files.foreign-folder' : 'account.none'
  await expect(makeDirectories.apply(input, ports, () => undefined, signal)).rejects.toMatchObject({ code })
  expect(await stat(theirs)).toMatchObject({ uid: STRANGER, mode: 0o40500 })
})

it('gives new folders and those inside of the stack to their user', async () => {
  const paths = [join(folder, 'a', 'new'), join(folder, 'old')]
  await mkdir(join(folder, 'old', 'inner'), { recursive: true })
  const input = { paths, mode: 0o700, owner: 'nobody' } as const
  expect(await makeDirectories.inspect(input, ports, signal)).toMatchObject({ effect: 'create' })
  await makeDirectories.apply(input, ports, () => undefined, signal)
  const owners = await Promise.all([...paths, join(folder, 'old', 'inner')].map(async (path) => (await stat(path)).uid))
  expect(new Set(owners)).toEqual(new Set([65_534]))
  expect((await stat(join(folder, 'a'))).uid).toBe(0)
  expect(await makeDirectories.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
})

it('gives the empty top of a new disk to the user of a container, who has a number only', async () => {
  const disk = join(folder, 'disk')
  await mkdir(join(disk, 'lost+found'), { recursive: true })
  const owner = { uid: 10_001, gid: 10_001 }
  const input = { paths: [disk], mode: 0o700, owner, keepsOwner: true } as const
  expect(await makeDirectories.inspect(input, ports, signal)).toEqual({
    effect: 'update',
    why: `${disk} does not belong to user 10001`,
  })
  await makeDirectories.apply(input, ports, () => undefined, signal)
  expect(await stat(disk)).toMatchObject(owner)
  expect(await makeDirectories.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
})

it('but not one with files in it', async () => {
  const shared = join(folder, 'shared files')
  await mkdir(join(shared, 'of all'), { recursive: true })
  const input = { paths: [shared], mode: 0o700, owner: { uid: 10_001, gid: 10_001 }, keepsOwner: true } as const
  await expect(makeDirectories.inspect(input, ports, signal)).rejects.toMatchObject({
    code: 'files.foreign-folder',
    hint: { command: `chown -R 10001:10001 '${shared}'` },
  })
})
