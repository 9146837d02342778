// Files of a stack of containers on a disk of the user's, through the whole program on a real engine.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { composeIn, containerEngine } from '../testbed/containers.ts'
import { need } from '../testbed/need.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

const CONTAINER_USER = 10_001
const engine = await containerEngine()

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

it('keeps files in a folder of the user, and the stack where it is', async (context) => {
  need(context, engine, 'a Docker engine with the images of a stack')
  need(context, process.getuid?.() === 0 || undefined, 'root, who gives folders to others')
  const disk = join(sandbox.home, `my "big" $disk`)
  const directory = join(sandbox.home, 'folder')
  const url = `http://127.0.0.1:${await freePort()}`
  await mkdir(join(disk, 'lost+found'), { recursive: true })
  const where = ['--target', 'compose', '--dir', directory, '--name', `e2e-folder-${process.pid}`]
  const ran = await sandbox.run(['--yes', ...where, '--public-url', url, '--artifact-store', disk])
  expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])

  const file = `${url}/api/2.0/mlflow-artifacts/artifacts/0/notes.txt`
  expect((await fetch(file, { method: 'PUT', body: 'kept' })).status).toBe(200)
  expect(await readFile(join(disk, '0', 'notes.txt'), 'utf8')).toBe('kept')
  expect(await stat(join(disk, '0', 'notes.txt'))).toMatchObject({ uid: CONTAINER_USER, gid: CONTAINER_USER })
  expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)

  const native = await sandbox.run(['--yes', '--target', 'native', '--dir', directory])
  expect(native.code).toBe(2)
  expect(native.err.replaceAll(/\s+/g, ' ')).toContain('runs in containers, and its runs, files and users do not move')
  await composeIn(directory, 'down', '--volumes', '--rmi', 'local', '--timeout', '1')
  expect((await readdir(disk)).toSorted()).toEqual(['0', 'lost+found'])
})

it('gives no folder away that has files of others', async (context) => {
  need(context, engine, 'a Docker engine with the images of a stack')
  need(context, process.getuid?.() === 0 || undefined, 'root, who gives folders to others')
  const theirs = join(sandbox.home, 'theirs')
  const directory = join(sandbox.home, 'refused')
  await mkdir(theirs)
  await writeFile(join(theirs, 'thesis.tex'), '')
  const ran = await sandbox.run(['--yes', '--target', 'compose', '--dir', directory, '--artifact-store', theirs])
  expect(ran.code).not.toBe(0)
  expect(ran.err).toContain(`chown -R 10001:10001 ${theirs}`)
  await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' })
})
