import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFiles } from '../../src/ports/files.ts'
import { need } from '../testbed/need.ts'

const run = promisify(execFile)
const files = makeFiles()
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test('what is not there is no error', async () => {
  const path = join(folder, 'a/b')
  await writeFile(join(folder, 'file'), '')
  for (const absent of [path, join(folder, 'file/below')]) {
    expect(await files.readText(absent)).toBeUndefined()
    expect(await files.readTextFrom(absent, 3)).toBe('')
    expect(await files.stat(absent)).toBeUndefined()
    expect(await files.list(absent)).toEqual([])
    expect(await files.realPath(absent)).toBeUndefined()
  }
  await files.remove(path)
  expect(await files.freeBytes(path)).toBeGreaterThan(0)
  expect(await files.writable(path)).toBe(true)
  expect(await files.writable(join(folder, 'file/below'))).toBe(false)
})

test('written whole, with its mode, through a link, and no draft stays', async () => {
  const path = join(folder, 'secret')
  await files.writeText(path, 'one', { mode: 0o600 })
  await symlink(path, join(folder, 'link'))
  await files.writeText(join(folder, 'link'), 'two', { mode: 0o640 })
  expect(await readFile(path, 'utf8')).toBe('two')
  expect((await stat(path)).mode & 0o777).toBe(0o640)
  expect(await readdir(folder)).toEqual(['link', 'secret'])
})

test('what a killed run left of it goes, and nothing else', async () => {
  const ended = run('true')
  await ended
  const kept = ['secret.1.abcd1234', 'secret.2024.bak', `secret.${process.pid}.abcd1234.draft`, 'other.1.draft']
  const stale = `secret.${ended.child.pid}.abcd1234.draft`
  for (const name of [...kept, stale]) await writeFile(join(folder, name), 'half')
  await files.writeText(join(folder, 'secret'), 'whole', { mode: 0o600 })
  expect((await readdir(folder)).toSorted()).toEqual([...kept, 'secret'].toSorted())
})

test('of many that create the same file, one wins', async () => {
  const path = join(folder, 'lock')
  const names = Array.from({ length: 20 }, (_, at) => `run ${at}`)
  const won = await Promise.all(names.map((name) => files.createExclusively(path, name, { mode: 0o600 })))
  expect(won.filter((first) => first)).toHaveLength(1)
  expect(await files.readText(path)).toBe(names[won.indexOf(true)])
  expect(await readdir(folder)).toEqual(['lock'])
})

test('lines are appended, and read from an offset', async () => {
  const path = join(folder, 'log')
  await files.appendLine(path, 'größe', { mode: 0o600 })
  await files.appendLine(path, 'two', { mode: 0o600 })
  expect(await files.readTextFrom(path, Buffer.byteLength('größe\n'))).toBe('two\n')
})

test('failures name the path, the reason and the cure', async () => {
  await writeFile(join(folder, 'file'), '')
  const below = join(folder, 'file/below')
  await expect(files.makeDirectory(below, { mode: 0o755 })).rejects.toMatchObject({
    code: 'files.not-a-directory',
    message: `${below} cannot be used.`,
  })
  const long = join(folder, 'x'.repeat(300))
  await expect(files.writeText(long, '', { mode: 0o600 })).rejects.toMatchObject({ code: 'files.name-too-long' })
  await expect(files.readText(folder)).rejects.toMatchObject({ code: 'files.is-a-directory' })
})

test('a full disk is named', async (context) => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).then(
    () => disk,
    () => undefined,
  )
  need(context, mounted, 'the right to mount a small disk')
  try {
    const text = 'x'.repeat(100_000)
    await expect(files.writeText(join(disk, 'a'), text, { mode: 0o600 })).rejects.toMatchObject({
      code: 'files.no-space',
    })
    expect(await readdir(disk)).toEqual([])
    await run('mount', ['-o', 'remount,ro', disk])
    await expect(files.writeText(join(disk, 'a'), '', { mode: 0o600 })).rejects.toMatchObject({
      code: 'files.read-only',
    })
    expect(await files.writable(disk)).toBe(false)
  } finally {
    await run('umount', [disk])
  }
})

test('no permission is named', async () => {
  const closed = join(folder, 'closed')
  await mkdir(closed)
  await chmod(closed, 0o500)
  await chmod(folder, 0o755)
  await asNobody(async () => {
    const written = files.writeText(join(closed, 'a'), '', { mode: 0o600 })
    await expect(written).rejects.toMatchObject({ code: 'files.not-allowed' })
    // access(2) judges by the real user, which root stays here.
    expect(await files.writable(closed)).toBe(process.getuid?.() === 0)
  })
})

/** Root may do everything, so it becomes somebody else for a while. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
  }
}

test('a copy has every byte, is for its owner alone, and replaces nothing', async () => {
  const [path, copy] = [join(folder, 'given'), join(folder, 'copy')]
  const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x0a])
  await writeFile(path, bytes, { mode: 0o644 })
  if (process.getuid?.() === 0) await chown(path, 54_321, 54_321)
  await files.copy(path, copy)
  expect(await readFile(copy)).toEqual(bytes)
  expect(await stat(copy)).toMatchObject({ mode: 0o100600, uid: (await stat(path)).uid })
  await symlink(join(folder, 'elsewhere'), join(folder, 'trap'))
  for (const taken of [copy, join(folder, 'trap')])
    await expect(files.copy(path, taken)).rejects.toMatchObject({ message: `${taken} cannot be used.` })
  expect(await readdir(folder)).not.toContain('elsewhere')
})
