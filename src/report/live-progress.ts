// In: what several tasks are doing. Out: one line for each on the terminal, redrawn in place where that can be done.
import type { Clock } from '../ports/clock.ts'
import type { Terminal } from '../ports/terminal.ts'
import { formatDuration, formatElapsed } from './quantities.ts'
import type { Style } from './style.ts'

export interface Progress {
  /** Shows a task. `id` is unique among those that run. */
  start(id: string, title: string): void
  /** What it is doing now, in a few words. The next frame shows it: a task may say more in a second than anybody can read. */
  update(id: string, text: string): void
  /** `detail` is what is left to say about it: `98 packages`. */
  finish(id: string, detail?: string): void
  fail(id: string, detail?: string): void
  /** Ends the drawing and gives the cursor back; tasks that still run are shown as stopped. Everything is fine after it, and does nothing. */
  stop(): void
}

export interface ProgressOptions {
  readonly terminal: Terminal
  readonly clock: Clock
  readonly style: Style
  /** Calls back when the program ends, however it ends; returns what takes that back. */
  onExit(callback: () => void): () => void
}

interface Task {
  readonly id: string
  readonly title: string
  readonly startedAt: number
  /** Aborts when it is settled. */
  readonly over: AbortController
  text: string
}

type Outcome = 'done' | 'failed' | 'stopped'

interface Painter {
  /** A task has begun; `stop` aborts `signal`. */
  started(task: Task, signal: AbortSignal): void
  /** A line that stays. */
  settled(line: string): void
  stopped(): void
}

const FRAME_MS = 90
/** On output that cannot be redrawn, work that takes long says so after this time, and again after each of the later ones. */
const FIRST_SIGN_MS = 10_000
const LATER_SIGN_MS = 60_000

/** `live` terminals get lines that move, all others one line for each task at its end. Written to stderr. */
export function makeProgress(options: ProgressOptions): Progress {
  const { clock, style } = options
  const tasks = new Map<string, Task>()
  const ending = new AbortController()
  const painter = options.terminal.live ? makeLivePainter(options, tasks) : makePlainPainter(options)
  const takeBack = options.onExit(stop)

  function settle(id: string, outcome: Outcome, detail: string): void {
    const task = tasks.get(id)
    if (task === undefined) return
    tasks.delete(id)
    task.over.abort()
    painter.settled(formatSettled(task, outcome, detail, clock.monotonic() - task.startedAt, style))
  }

  function stop(): void {
    if (ending.signal.aborted) return
    takeBack()
    for (const id of tasks.keys()) settle(id, 'stopped', 'stopped')
    ending.abort()
    painter.stopped()
  }

  return {
    start(id, title) {
      if (ending.signal.aborted || tasks.has(id)) return
      const task = { id, title, startedAt: clock.monotonic(), over: new AbortController(), text: '' }
      tasks.set(id, task)
      painter.started(task, ending.signal)
    },
    update(id, text) {
      const task = tasks.get(id)
      // One line of it, without what would move the cursor.
      if (task !== undefined) task.text = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
    },
    finish: (id, detail = '') => settle(id, 'done', detail),
    fail: (id, detail = 'failed') => settle(id, 'failed', detail),
    stop,
  }
}

/** Redraws the lines of the running tasks in place, in one write for each frame, so that nothing flickers. */
function makeLivePainter({ terminal, clock, style }: ProgressOptions, tasks: ReadonlyMap<string, Task>): Painter {
  let drawn: readonly string[] = []
  let frame = 0
  let ticking = false

  function draw(settled: readonly string[]): void {
    const next = formatRunning([...tasks.values()], frame, clock.monotonic(), terminal, style)
    if (settled.length === 0 && next.length === drawn.length && next.every((line, i) => line === drawn[i])) return
    const up = drawn.length === 0 ? '' : `\u001b[${drawn.length}A`
    const lines = [...settled, ...next].map((line) => `${line}\u001b[K\n`).join('')
    const cursor = next.length > 0 ? HIDE_CURSOR : SHOW_CURSOR
    // \r first: what the user typed may have moved the cursor to the right. \u001b[J clears what was drawn below.
    terminal.err(`${cursor}\r${up}${lines}\u001b[J`)
    drawn = next
  }

  async function tick(signal: AbortSignal): Promise<void> {
    ticking = true
    while (tasks.size > 0 && (await slept(clock, FRAME_MS, signal))) {
      frame += 1
      draw([])
    }
    ticking = false
  }

  return {
    started(_task, signal) {
      draw([])
      if (!ticking) void tick(signal)
    },
    settled: (line) => draw([line]),
    stopped: () => draw([]),
  }
}

/** One line at the end of each task, and signs of life from those that take long. */
function makePlainPainter({ terminal, clock, style }: ProgressOptions): Painter {
  async function signs(task: Task): Promise<void> {
    for (let wait = FIRST_SIGN_MS; await slept(clock, wait, task.over.signal); wait = LATER_SIGN_MS) {
      const elapsed = formatElapsed(clock.monotonic() - task.startedAt)
      terminal.err(`${formatColumns(style.symbols.active, task.title, task.text, elapsed, style)}\n`)
    }
  }
  return {
    started: (task) => void signs(task),
    settled: (line) => terminal.err(`${line}\n`),
    stopped: () => {},
  }
}

/** Whether the time has passed; false when it was cut short by the end of the drawing. */
function slept(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(milliseconds, signal).then(
    () => true,
    () => false,
  )
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'

/** As many tasks as the terminal has rows for; the others are counted. A line that wrapped could not be redrawn, so all are cut. */
function formatRunning(tasks: readonly Task[], frame: number, now: number, terminal: Terminal, style: Style): string[] {
  const room = Math.max(1, (terminal.rows ?? 24) - 3)
  const shown = tasks.length > room ? tasks.slice(0, room - 1) : tasks
  const spinner = style.symbols.spinner[frame % style.symbols.spinner.length] ?? ''
  const lines = shown.map((task) =>
    formatColumns(style.cyan(spinner), task.title, style.dim(task.text), formatElapsed(now - task.startedAt), style),
  )
  const more = tasks.length - shown.length
  const all = more === 0 ? lines : [...lines, style.dim(`   and ${more} more`)]
  return all.map((line) => style.truncate(line, terminal.columns - 1))
}

function formatSettled(task: Task, outcome: Outcome, detail: string, milliseconds: number, style: Style): string {
  const { done, failed } = style.symbols
  const mark = outcome === 'done' ? style.green(done) : outcome === 'failed' ? style.red(failed) : style.yellow(failed)
  const words = outcome === 'failed' ? style.red(detail) : style.dim(detail)
  return formatColumns(mark, task.title, words, formatDuration(milliseconds), style)
}

/** Symbol, title, what is to be said, and the time at the right. */
function formatColumns(mark: string, title: string, text: string, time: string, style: Style): string {
  const columns = style.columns - 1
  const titleWidth = Math.min(30, Math.floor(columns * 0.42))
  const textWidth = columns - titleWidth - 17
  const fitted = `${mark}  ${style.padEnd(style.truncate(title, titleWidth), titleWidth)}  ${style.padEnd(style.truncate(text, textWidth), textWidth)}`
  return `${fitted}  ${style.padStart(time, 10)}`.trimEnd()
}
