import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/ports/clock.ts'
import { makeProgress } from '../../../src/report/live-progress.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'

const HIDE = '\u001b[?25l'
const SHOW = '\u001b[?25h'

/** Time passes only when the test says so. */
function makeHandClock() {
  let now = 0
  let sleepers: { readonly at: number; wake(): void }[] = []
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(new Error('aborted'))
        const wake = () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }
        sleepers.push({ at: now + ms, wake })
        signal?.addEventListener('abort', stop, { once: true })
      }),
  }
  async function pass(ms: number): Promise<void> {
    const end = now + ms
    for (;;) {
      const next = sleepers.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      now = next.at
      sleepers = sleepers.filter((sleeper) => sleeper !== next)
      next.wake()
      // Whoever was woken goes on, and may sleep again, before time does.
      for (let i = 0; i < 10; i += 1) await Promise.resolve()
    }
    now = end
  }
  return { clock, pass }
}

/** What a terminal shows after `text`: rows as they stand, by the few sequences that progress uses. */
function screen(text: string): string[] {
  const rows = ['']
  let row = 0
  let column = 0
  for (const part of text.match(new RegExp('\u001b\\[[?0-9;]*[A-Za-z]|[^\u001b]', 'g')) ?? []) {
    const up = /^.\[(\d+)A$/.exec(part)?.[1]
    if (up !== undefined) row -= Number(up)
    else if (part.endsWith('[K')) rows[row] = (rows[row] ?? '').slice(0, column)
    else if (part.endsWith('[J')) rows.splice(row, Infinity, (rows[row] ?? '').slice(0, column))
    else if (part === '\r') column = 0
    else if (part === '\n') [row, column, rows[row + 1]] = [row + 1, 0, rows[row + 1] ?? '']
    else if (part.length === 1)
      [rows[row], column] = [
        (rows[row] ?? '').slice(0, column) + part + (rows[row] ?? '').slice(column + 1),
        column + 1,
      ]
    if (row < 0) throw new Error('the cursor went above the first row')
  }
  return rows.map((line) => line.trimEnd()).filter((line, i, all) => line !== '' || i < all.length - 1)
}

function makeLive(facts: Parameters<typeof makeFakeTerminal>[0] = {}) {
  const terminal = makeFakeTerminal({ live: true, ...facts })
  const { clock, pass } = makeHandClock()
  const atExit = new Set<() => void>()
  const onExit = (callback: () => void) => {
    atExit.add(callback)
    return () => void atExit.delete(callback)
  }
  const progress = makeProgress({ terminal, clock, style: makeStyle(terminal), onExit })
  return { terminal, pass, progress, atExit, shown: () => screen(terminal.stderr) }
}

describe('on a live terminal', () => {
  it('shows one line for each task, redraws it in place, and keeps those that are done above', async () => {
    const { terminal, pass, progress, shown } = makeLive()
    progress.start('venv', 'virtual environment')
    progress.start('mlflow', 'MLflow 3.17.2')
    progress.update('mlflow', '87 of 98 packages')
    await pass(3200)
    expect(shown()).toEqual([
      expect.stringMatching(/^[◒◐◓◑] {2}virtual environment +3 s$/),
      expect.stringMatching(/^[◒◐◓◑] {2}MLflow 3\.17\.2 +87 of 98 packages +3 s$/),
    ])
    progress.finish('mlflow', '98 packages')
    expect(shown()).toEqual([
      expect.stringMatching(/^◇ {2}MLflow 3\.17\.2 +98 packages +3\.2 s$/),
      expect.stringMatching(/virtual environment/),
    ])
    expect(terminal.stderr.lastIndexOf(HIDE)).toBeGreaterThan(terminal.stderr.lastIndexOf(SHOW))
    progress.finish('venv')
    progress.stop()
    expect(shown()).toEqual([
      expect.stringMatching(/^◇ {2}MLflow/),
      expect.stringMatching(/^◇ {2}virtual environment +3\.2 s$/),
    ])
    expect(terminal.stderr.lastIndexOf(SHOW)).toBeGreaterThan(terminal.stderr.lastIndexOf(HIDE))
    expect(terminal.stdout).toBe('')
  })

  it('gives the cursor back and says what was stopped when the program ends in between', async () => {
    const { terminal, pass, progress, atExit, shown } = makeLive()
    progress.start('venv', 'virtual environment')
    await pass(1500)
    for (const callback of atExit) callback()
    expect(shown()).toEqual([expect.stringMatching(/^■ {2}virtual environment +stopped +1\.5 s$/)])
    expect(
      terminal.stderr.endsWith(SHOW) || terminal.stderr.lastIndexOf(SHOW) > terminal.stderr.lastIndexOf(HIDE),
    ).toBe(true)
    expect(atExit.size).toBe(0)
  })

  it('does nothing any more after stop', async () => {
    const { terminal, pass, progress } = makeLive()
    progress.start('a', 'a')
    progress.stop()
    const before = terminal.stderr
    progress.start('b', 'b')
    progress.update('b', 'x')
    progress.finish('a')
    progress.fail('b')
    progress.stop()
    await pass(60_000)
    expect(terminal.stderr).toBe(before)
  })

  it('cuts long lines and counts the tasks that have no row', async () => {
    const { pass, progress, shown } = makeLive({ columns: 60, rows: 8 })
    for (let i = 0; i < 12; i += 1)
      progress.start(`${i}`, `task ${i} with a title that is far too long for a narrow terminal`)
    progress.update('0', 'a line of pip\nthat \u001b[31mbreaks\r and goes on and on and on')
    await pass(200)
    expect(shown()).toHaveLength(5)
    expect(shown().every((line) => line.length < 60)).toBe(true)
    expect(shown().at(-1)).toBe('   and 8 more')
    progress.stop()
  })

  it('writes nothing while nothing changes but the frame', async () => {
    const { terminal, pass, progress } = makeLive()
    progress.start('a', 'a')
    progress.finish('a')
    const before = terminal.stderr
    await pass(10_000)
    expect(terminal.stderr).toBe(before)
  })
})

describe('on other output', () => {
  it('writes one line at the end of each task, without escape sequences', async () => {
    const { terminal, pass, progress } = makeLive({ live: false, unicode: false })
    progress.start('a', 'virtual environment')
    await pass(1400)
    expect(terminal.stderr).toBe('')
    progress.finish('a', 'Python 3.13.5')
    progress.start('b', 'MLflow')
    await pass(400)
    progress.fail('b', 'code 1')
    progress.stop()
    expect(terminal.stderr).toMatch(
      /^o {2}virtual environment +Python 3\.13\.5 +1\.4 s\nx {2}MLflow +code 1 +400 ms\n$/,
    )
  })

  it('has many tasks at once, and Node.js has nothing to warn of', async () => {
    const warnings: string[] = []
    const warn = ({ message }: Error) => void warnings.push(message)
    process.on('warning', warn)
    const { progress } = makeLive({ live: false })
    for (let i = 0; i < 30; i += 1) progress.start(`task ${i}`, `task ${i}`)
    progress.stop()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  it('shows that long work goes on', async () => {
    const { terminal, pass, progress } = makeLive({ live: false })
    progress.start('a', 'MLflow')
    progress.update('a', '40 of 98 packages')
    await pass(71_000)
    progress.finish('a')
    await pass(200_000)
    progress.stop()
    expect(terminal.stderr.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      '◆ MLflow 40 of 98 packages 10 s',
      '◆ MLflow 40 of 98 packages 1 min 10 s',
      '◇ MLflow 1 min 11 s',
      '',
    ])
  })
})
