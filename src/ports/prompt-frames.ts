// In: the state of one question. Out: its lines, as they stand on the terminal.

type Paint = (text: string) => string

/** Colours, symbols and measures of the terminal: what `report/style.ts` makes. */
export interface PromptLook {
  readonly columns: number
  readonly symbols: {
    readonly done: string
    readonly active: string
    readonly failed: string
    readonly wrong: string
    readonly first: string
    readonly bar: string
    readonly last: string
    readonly chosen: string
    readonly open: string
    readonly dot: string
  }
  readonly bold: Paint
  readonly dim: Paint
  readonly green: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly cyan: Paint
  width(text: string): number
  padEnd(text: string, width: number): string
  wrap(text: string, width: number): string[]
}

/** `waiting` for the user, `wrong` answer so far, `answered` or `cancelled`. */
export type FrameState = 'waiting' | 'wrong' | 'answered' | 'cancelled'

export interface FrameOption {
  readonly value: string
  readonly label: string
  readonly hint?: string
  readonly foot?: string
}

/** The guide bar before each line, and as a line of its own above: how everything in the wizard hangs together. */
export function frameNote(lines: readonly string[], look: PromptLook): string {
  const bar = look.dim(look.symbols.bar)
  const fitted = lines.flatMap((line) => look.wrap(line, look.columns - 3))
  return [bar, ...fitted.map((line) => `${bar}  ${line}`.trimEnd())].join('\n')
}

/** A note that is a finished step of its own. */
export function frameStep(lines: readonly string[], look: PromptLook): string {
  const bar = look.dim(look.symbols.bar)
  const fitted = lines.flatMap((line) => look.wrap(line, look.columns - 3))
  return [bar, ...fitted.map((line, i) => `${i === 0 ? look.green(look.symbols.done) : bar}  ${line}`.trimEnd())].join(
    '\n',
  )
}

/** The question itself: one line, more where it is long. */
export function frameMessage(message: string, state: FrameState, look: PromptLook): string[] {
  const lines = look.wrap(message, look.columns - 3)
  const bar = guide(state, look)
  return [
    look.dim(look.symbols.bar),
    ...lines.map((line, i) => `${i === 0 ? symbolOf(state, look) : bar}  ${look.bold(line)}`),
  ]
}

/** A question that is over: the answer below it, or nothing. */
export function frameEnd(message: string, answer: string, state: 'answered' | 'cancelled', look: PromptLook): string {
  const bar = look.dim(look.symbols.bar)
  const lines = state === 'cancelled' ? [] : look.wrap(answer, look.columns - 3)
  return [...frameMessage(message, state, look), ...lines.map((line) => `${bar}  ${look.dim(line)}`)].join('\n')
}

/** The last line of a question that waits: what follows from where the cursor is, or what is wrong. */
export function frameFoot(text: string, state: FrameState, look: PromptLook): string[] {
  const last = state === 'wrong' ? look.yellow(look.symbols.last) : look.cyan(look.symbols.last)
  const paint = state === 'wrong' ? look.yellow : look.dim
  const lines = look.wrap(text, look.columns - 3)
  return lines.map((line, i) => `${i === 0 ? last : ' '}  ${paint(line)}`.trimEnd())
}

/** One line of a choice. The hint stands beside it only where there is room for the hints of all. */
export function frameOption(
  option: FrameOption,
  active: boolean,
  options: readonly FrameOption[],
  look: PromptLook,
): string {
  const { chosen, open } = look.symbols
  const mark = active ? look.green(chosen) : look.dim(open)
  const label = active ? option.label : look.dim(option.label)
  if (option.hint === undefined || !hintsFit(options, look)) return `${mark} ${label}`
  return `${mark} ${look.padEnd(label, labelWidth(options, look))}  ${look.dim(option.hint)}`
}

/** Below a choice: what belongs to the option under the cursor, with its hint where that had no room. */
export function footOfOption(
  option: FrameOption | undefined,
  options: readonly FrameOption[],
  look: PromptLook,
): string {
  const hint = hintsFit(options, look) ? undefined : option?.hint
  return [option?.foot, hint].filter((text) => text !== undefined && text !== '').join(': ')
}

/** Lines of an answer, beside the bar of a question that waits. */
export function frameBody(lines: readonly string[], state: FrameState, look: PromptLook): string[] {
  return lines.map((line) => `${guide(state, look)}  ${line}`)
}

/** Text as it is typed, with a cursor: inverse video is no colour, and the real cursor is hidden. */
export function frameInput(input: string, cursor: number): string {
  const at = input.slice(cursor, cursor + 1)
  return `${input.slice(0, cursor)}\u001b[7m${at === '' ? ' ' : at}\u001b[27m${input.slice(cursor + 1)}`
}

/** What is offered while nothing has been typed. */
export function frameOffer(offer: string, look: PromptLook): string {
  const first = offer.slice(0, 1)
  return `\u001b[7m${first === '' ? ' ' : first}\u001b[27m${look.dim(offer.slice(1))}`
}

function hintsFit(options: readonly FrameOption[], look: PromptLook): boolean {
  // Three columns for the bar, two for the mark, two between label and hint.
  const room = look.columns - 7 - labelWidth(options, look)
  return options.every((option) => look.width(option.hint ?? '') <= room)
}

function labelWidth(options: readonly FrameOption[], look: PromptLook): number {
  return Math.max(0, ...options.map((option) => look.width(option.label)))
}

function guide(state: FrameState, look: PromptLook): string {
  if (state === 'waiting') return look.cyan(look.symbols.bar)
  return state === 'wrong' ? look.yellow(look.symbols.bar) : look.dim(look.symbols.bar)
}

function symbolOf(state: FrameState, look: PromptLook): string {
  const { active, wrong, done, failed } = look.symbols
  return {
    waiting: look.cyan(active),
    wrong: look.yellow(wrong),
    answered: look.green(done),
    cancelled: look.red(failed),
  }[state]
}
