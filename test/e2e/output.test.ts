import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTerminal } from '../testbed/test-terminal.ts'
import { eventually, freePort, makeSandbox, type Ran, type Sandbox } from '../testbed/sandbox.ts'

let sandbox: Sandbox
let stack: string
let args: readonly string[]
let both: readonly Ran[]

beforeAll(async () => {
  sandbox = await makeSandbox()
  stack = join(sandbox.home, 'mlflow')
  args = ['--yes', '--public-url', `http://127.0.0.1:${await freePort()}`]
  both = await Promise.all([sandbox.run(args), sandbox.run([...args, '--json'])])
})
afterAll(() => sandbox.remove())

/** Runs the program as a part of a shell's command line, where it is "$@". */
const inShell = (script: string) => ['bash', '-c', script, 'bash']

// oxlint-disable-next-line no-control-regex -- what a file must not hold
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/

/** The one document on stdout. */
function documentOf({ out }: Ran): Record<string, unknown> {
  const value: unknown = JSON.parse(out)
  expect(value).toMatchObject({ schemaVersion: 1 })
  return Object(value)
}

describe('two runs that set up the same new directory', () => {
  it('end with one stack; the other one says who is at it', () => {
    expect(both.map(({ code }) => code).toSorted()).toEqual([0, 2])
    expect(both.map(({ out, err }) => out + err).join('\n')).toContain(`Another mlflow-setup is changing`)
  })

  it('leave a stack that is complete', async () => {
    expect((await sandbox.run(['plan', '--check'])).code).toBe(0)
    expect((await sandbox.run(['status'])).code).toBe(0)
  })
})

describe('a reader', () => {
  it('that goes away early does not stop the work', async () => {
    const first = await sandbox.run(args, { under: inShell('"$@" | head -n 1; exit "${PIPESTATUS[0]}"') })
    expect(first.code).toBe(0)
    expect(first.err).not.toMatch(/EPIPE|bug/)
    const helped = await sandbox.run(['--help'], { under: inShell('"$@" | head -n 1; exit "${PIPESTATUS[0]}"') })
    expect([helped.code, helped.out, helped.err]).toEqual([0, 'Usage: mlflow-setup [options] [command]', ''])
  })

  it('that follows the log and goes away ends the following with the next line', async () => {
    const following = sandbox.start(['logs', '--follow'], {
      under: inShell('"$@" | head -n 1; exit "${PIPESTATUS[0]}"'),
    })
    let over = false
    void following.ended.then(() => (over = true))
    await eventually(
      () => appendFile(join(stack, 'logs/mlflow.log'), 'one more line\n'),
      () => over,
    )
    expect((await following.ended).code).toBe(0)
  })

  it.each(['<&-', '>&-', '2>&-', '<&- >&- 2>&-'])('with %s changes nothing about the exit code', async (closed) => {
    expect((await sandbox.run(['status'], { under: inShell(`exec "$@" ${closed}`) })).code).toBe(0)
    expect((await sandbox.run(['status', '--dir', '/nowhere'], { under: inShell(`exec "$@" ${closed}`) })).code).toBe(2)
  })

  it('that is a file gets no control characters', async () => {
    const file = join(sandbox.home, 'output.txt')
    for (const words of [args, ['plan', '--verbose'], ['status'], ['test'], ['restart'], ['plan', '--scenario', '9']]) {
      // oxlint-disable-next-line no-await-in-loop -- they work on one stack
      await sandbox.run(words, { under: inShell(`exec "$@" >> '${file}' 2>&1`), env: { TERM: 'xterm-256color' } })
    }
    const text = await readFile(file, 'utf8')
    expect((await stat(file)).size).toBeGreaterThan(1000)
    expect(text.split('\n').filter((line) => CONTROL.test(line))).toEqual([])
  })
})

describe('with --json', () => {
  it.each([
    ['setup', () => args],
    ['plan', () => ['plan']],
    ['apply', () => ['apply']],
    ['test', () => ['test']],
    ['test of a URL', () => ['test', args[2] ?? '']],
    ['status', () => ['status']],
    ['logs', () => ['logs', '--lines', '3']],
    ['start', () => ['start']],
    ['a wrong answer', () => ['--yes', '--scenario', '9']],
    ['an unknown flag', () => ['plan', '--nonsense']],
    ['an unknown command', () => ['nonsense']],
    ['no stack', () => ['status', '--dir', '/nowhere']],
    ['a server that does not answer', () => ['test', 'http://127.0.0.1:1']],
    ['a log without end', () => ['logs', '--follow', '--lines', 'x']],
  ])('%s is one document, with the exit code of the text', async (_what, words) => {
    const [text, json] = [await sandbox.run(words()), await sandbox.run([...words(), '--json'])]
    expect(json.code).toBe(text.code)
    const document = documentOf(json)
    expect(document['kind'] === 'error').toBe(json.code === 2)
    expect(json.out).not.toMatch(CONTROL.source.replace('\\u0009', ''))
  })

  it('stop, status of what is stopped, restart and stop again', async () => {
    const stopped = await sandbox.run(['stop', '--json'])
    expect([stopped.code, documentOf(stopped)['result']]).toEqual([0, 'is stopped'])
    const status = await sandbox.run(['status', '--json'])
    expect([status.code, documentOf(status)['healthy']]).toEqual([1, false])
    expect((await sandbox.run(['status'])).code).toBe(1)
    const started = await sandbox.run(['restart', '--json'])
    expect([started.code, documentOf(started)['result']]).toEqual([0, 'is running'])
  })

  it('a lock that somebody holds', async () => {
    const first = sandbox.start(['restart'])
    await eventually(
      () => readFile(join(stack, '.mlflow-setup/lock'), 'utf8').catch(() => ''),
      (text) => text !== '',
    )
    const second = await sandbox.run(['restart', '--json'])
    expect([second.code, documentOf(second)['errors']]).toEqual([
      2,
      [expect.objectContaining({ code: 'stack.locked' })],
    ])
    expect((await first.ended).code).toBe(0)
  })
})

describe('a terminal', () => {
  const show = async (words: readonly string[], env: Record<string, string>) => {
    const terminal = openTerminal(words, { ...sandbox.env, ...env }, sandbox.home)
    const code = await terminal.ends()
    const raw = terminal.raw()
    terminal.close()
    return { code, raw }
  }

  it('gets colours, and none with NO_COLOR', async () => {
    const COLOUR = '\u001b[3'
    expect((await show(['status'], {})).raw).toContain(COLOUR)
    const plain = await show(['status'], { NO_COLOR: '1' })
    expect([plain.code, plain.raw]).toEqual([0, expect.not.stringContaining(COLOUR)])
    expect((await show(['nonsense'], { NO_COLOR: '1' })).raw).not.toContain(COLOUR)
  })

  it.each([{ LANG: 'C' }, { LC_ALL: 'POSIX' }, { LANG: '' }])('with %j gets ASCII only', async (env) => {
    for (const words of [
      ['status'],
      ['plan', '--verbose'],
      ['test', '--test-client', 'rest'],
      ['plan', '--scenario', '9'],
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one terminal at a time
      expect((await show(words, env)).raw).toMatch(/^[\u0000-\u007f]+$/)
    }
  })

  it('that is dumb gets neither colours nor movements', async () => {
    const { out, err, code } = await sandbox.run(args, { env: { TERM: 'dumb', FORCE_COLOR: '0' } })
    expect([code, `${out}${err}`]).toEqual([0, expect.stringMatching(/^[\u000a\u0020-\u007e]+$/)])
  })
})
