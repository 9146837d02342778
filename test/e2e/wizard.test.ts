import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTerminal, KEYS, type TestTerminal } from '../testbed/test-terminal.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

let sandbox: Sandbox
const terminals: TestTerminal[] = []

beforeAll(async () => {
  sandbox = await makeSandbox()
})

afterEach(() => terminals.splice(0).forEach((terminal) => terminal.close()))
afterAll(() => sandbox.remove())

function sit(args: readonly string[], size?: { cols: number; rows: number }): TestTerminal {
  const terminal = openTerminal(args, sandbox.env, sandbox.home, size)
  terminals.push(terminal)
  return terminal
}

describe('the wizard', () => {
  it('leads with Enter from nothing to a proven server', async () => {
    const terminal = sit(['--public-url', `http://127.0.0.1:${await freePort()}`])
    await terminal.sees('This machine:')
    await terminal.sees('Who will use this MLflow?')
    await terminal.sees('└  scenario 3')
    terminal.press(KEYS.enter)
    await terminal.sees('│ MLflow ─')
    await terminal.sees('in ~/mlflow')
    terminal.press(KEYS.enter)
    await terminal.sees('Proven by HTTP calls')
    await terminal.sees('npx mlflow-setup --yes --scenario 3')
    expect(await terminal.ends()).toBe(0)
  })

  it('starts from the stack that is there, and says so', async () => {
    const terminal = sit([])
    await terminal.sees('~/mlflow holds the stack mlflow, scenario 3')
    await terminal.sees('Nothing to change in ~/mlflow')
    terminal.press(KEYS.down, KEYS.down, KEYS.enter)
    await terminal.sees('Cancelled. Nothing was changed.')
    expect(await terminal.ends()).toBe(130)
  })

  it('takes an answer back at the review, and refuses a wrong one while it is typed', async () => {
    const terminal = sit(['--dir', join(sandbox.home, 'second'), '--scenario', '3'])
    await terminal.sees('in ~/second')
    terminal.press(KEYS.down, KEYS.enter)
    await terminal.sees('About what?')
    terminal.press(KEYS.enter)
    await terminal.sees('Which answer?')
    terminal.press(KEYS.down, KEYS.down, KEYS.down, KEYS.enter)
    await terminal.sees('What should it be called?')
    terminal.press('My Stack', KEYS.enter)
    await terminal.sees('is not a name')
    terminal.press(...Array.from({ length: 8 }, () => KEYS.backspace), 'team', KEYS.enter)
    await terminal.sees('in ~/second')
    terminal.press(KEYS.ctrlC)
    await terminal.sees('Cancelled. Nothing was changed.')
    expect(await terminal.ends()).toBe(130)
    expect(existsSync(join(sandbox.home, 'second'))).toBe(false)
  })

  it('says who has the port, and asks for another one', async () => {
    const taken = await freePort()
    const { createServer } = await import('node:net')
    const server = createServer().listen(taken, '127.0.0.1')
    try {
      const terminal = sit([
        '--dir',
        join(sandbox.home, 'third'),
        '--scenario',
        '3',
        '--public-url',
        `http://127.0.0.1:${taken}`,
      ])
      await terminal.sees(`port ${taken} is taken by`)
      await terminal.sees(`pid ${process.pid}`)
      await terminal.sees('At which address')
      terminal.press(KEYS.ctrlC)
      expect(await terminal.ends()).toBe(130)
    } finally {
      server.close()
    }
  })

  it.each(['the first question', 'the review'])(
    'ends with a clean line and no trace on Ctrl-C at %s',
    async (where) => {
      const directory = join(sandbox.home, 'fourth')
      const terminal = sit(['--dir', directory])
      await terminal.sees('Who will use this MLflow?')
      if (where === 'the review') {
        terminal.press(KEYS.enter)
        await terminal.sees('in ~/fourth')
      }
      terminal.press(KEYS.ctrlC)
      await terminal.sees('Cancelled. Nothing was changed.')
      expect(await terminal.ends()).toBe(130)
      expect(terminal.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(
        terminal.raw().lastIndexOf('\u001b[?25l'),
      )
      expect(existsSync(directory)).toBe(false)
    },
  )

  it('ends also by SIGTERM while it asks', async () => {
    const terminal = sit(['--dir', join(sandbox.home, 'fifth')])
    await terminal.sees('Who will use this MLflow?')
    terminal.kill('SIGTERM')
    expect(await terminal.ends()).toBe(130)
  })

  it('asks at a terminal whose size nobody has set', async () => {
    const terminal = sit(['--dir', join(sandbox.home, 'unsized')], { cols: 0, rows: 0 })
    await terminal.sees('Who will use this MLflow?')
    await terminal.sees('└  scenario 3')
    terminal.press(KEYS.ctrlC)
    expect(await terminal.ends()).toBe(130)
  })

  it('fits into 60 columns', async () => {
    const terminal = sit(['--dir', join(sandbox.home, 'narrow')], { cols: 60, rows: 50 })
    await terminal.sees('Who will use this MLflow?')
    terminal.press(KEYS.enter)
    await terminal.sees('in ~/narrow')
    terminal.press(KEYS.ctrlC)
    await terminal.ends()
    expect(
      terminal
        .text()
        .split('\n')
        .filter((line) => line.length > 60),
    ).toEqual([])
  })
})

describe('without a terminal', () => {
  it.each([
    [['--dir', 'x'], { CI: 'true' }],
    [['--dir', 'x', '--yes'], {}],
  ] as const)('nothing is asked: %j %j', async (args, env) => {
    const terminal = openTerminal([...args, '--scenario', '9'], { ...sandbox.env, ...env }, sandbox.home)
    terminals.push(terminal)
    await terminal.sees('"9" is not one of 1, 2, 3, 4, 5, 6')
    expect(await terminal.ends()).toBe(2)
  })
})
