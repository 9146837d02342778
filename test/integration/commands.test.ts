import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCommands } from '../../src/ports/commands.ts'
import { parseListener, parseProcesses } from '../../src/ports/processes/macos.ts'
import { makeProcesses } from '../../src/ports/processes.ts'
import { eventually, freePort } from '../testbed/services.ts'

const commands = makeCommands()
const processes = makeProcesses()
const env = { PATH: process.env['PATH'] ?? '' }
const node = (program: string, more = {}) => ({ file: process.execPath, args: ['-e', program], env, ...more })
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-commands-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('running a program', () => {
  it('gives its output, its status, its lines and nothing of our environment', async () => {
    const lines: string[] = []
    const program =
      'console.log(Object.keys(process.env).join()); console.error("b"); process.stdout.write("c"); process.exitCode = 3'
    const result = await commands.run(node(program), { timeoutMs: 10_000, onLine: (line) => lines.push(line) })
    expect(result).toEqual({ exitCode: 3, found: true, timedOut: false, stdout: 'PATH\nc', stderr: 'b\n' })
    expect(lines.toSorted()).toEqual(['PATH', 'b', 'c'])
  })

  it('feeds it', async () => {
    const { stdout } = await commands.run({ file: 'cat', args: [], env }, { timeoutMs: 10_000, input: 'a\nb' })
    expect(stdout).toBe('a\nb')
  })

  it('says when there is none, when it took too long, and when a signal ended it', async () => {
    expect(await commands.run({ file: 'no-such-program', args: [], env }, { timeoutMs: 10_000 })).toMatchObject({
      exitCode: 127,
      found: false,
    })
    expect(await commands.run({ file: folder, args: [], env }, { timeoutMs: 10_000 })).toMatchObject({
      exitCode: 126,
      found: true,
    })
    expect(await commands.run(node('setInterval(() => {}, 1000)'), { timeoutMs: 200 })).toMatchObject({
      timedOut: true,
      exitCode: 143,
    })
    expect(await commands.run(node('process.kill(process.pid, 9)'), { timeoutMs: 10_000 })).toMatchObject({
      exitCode: 137,
      timedOut: false,
    })
  })

  it('throws the reason of an abort', async () => {
    const reason = new Error('enough')
    await expect(commands.run(node(''), { timeoutMs: 10_000, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const later = new AbortController()
    const running = commands.run(node('console.log(1); setInterval(() => {}, 1000)'), {
      timeoutMs: 10_000,
      signal: later.signal,
      onLine: () => later.abort(reason),
    })
    await expect(running).rejects.toBe(reason)
  })
})

describe('a program that outlives us', () => {
  it('is seen, with its children, its port, and its end', async () => {
    const port = await freePort()
    const log = join(folder, 'logs', 'detached.log')
    const child = `require('http').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'))`
    const program = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })`
    expect(await processes.canListen('127.0.0.1', port)).toBe(true)
    const pid = await commands.startDetached(node(program), { log })
    try {
      await eventually('the port', async () => (await readFile(log, 'utf8')).includes('ready'))
      expect(await processes.canListen('127.0.0.1', port)).toBe(false)
      const tree = await processes.tree(pid)
      expect(tree).toHaveLength(2)
      expect(tree[0]).toMatchObject({ pid, commandLine: `${process.execPath} -e ${program}` })
      expect(tree[0]?.residentBytes).toBeGreaterThan(10_000_000)
      expect(await processes.listener(port)).toEqual({ port, process: { pid: tree[1]?.pid, name: 'node' } })
      for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::'])
        expect(await processes.listener(port, host)).toBeDefined()
      for (const host of ['127.0.0.2', '::1']) expect(await processes.listener(port, host)).toBeUndefined()
      expect((await processes.look(pid))?.startedAt).toBe(tree[0]?.startedAt)
    } finally {
      for (const one of await processes.tree(pid)) processes.signal(one.pid, 'SIGKILL')
    }
    await eventually('its end', async () => (await processes.look(pid)) === undefined)
    // Its parent, this program, has yet to take note of its end.
    await eventually('nobody to signal', async () => !processes.signal(pid, 'SIGTERM'))
    await eventually('the end of its child', async () => (await processes.listener(port)) === undefined)
  })

  it('must exist', async () => {
    const command = { file: join(folder, 'missing'), args: [], env }
    await expect(commands.startDetached(command, { log: join(folder, 'x.log') })).rejects.toMatchObject({
      code: 'files.failed',
    })
  })
})

it('reads what ps says on macOS', () => {
  const text = [
    '  812     1  20480 Ss   Sat Nov 21 10:00:58 2026     /usr/sbin/nginx -g daemon off;',
    '  900   812      0 Z    Sat Nov  7 10:00:58 2026     (nginx)',
  ].join('\n')
  expect(parseProcesses(text)).toEqual([
    {
      pid: 812,
      parent: 1,
      residentBytes: 20_971_520,
      startedAt: 'Sat Nov 21 10:00:58 2026',
      commandLine: '/usr/sbin/nginx -g daemon off;',
    },
  ])
})

it('reads from lsof who is reached at an address, as on macOS', () => {
  const text = 'p71\ncnginx\nf6\nn192.168.1.5:5000\np402\ncpython3.12\nf8\nn127.0.0.1:5000\nf9\nn[::1]:5000\n'
  const pidAt = (host?: string) => parseListener(text, 5000, host)?.process?.pid
  expect([pidAt(), pidAt('127.0.0.1'), pidAt('localhost'), pidAt('::1')]).toEqual([71, 402, 402, 402])
  expect(parseListener(text, 5000, '127.0.0.2')).toBeUndefined()
  expect(parseListener('p9\ncmlflow\nf3\nn*:5000\n', 5000, '127.0.0.1')?.process).toEqual({ pid: 9, name: 'mlflow' })
})
