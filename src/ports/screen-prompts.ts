// Questions drawn by us, asked by clack: its keys, its redrawing, its care for the terminal's mode.
import {
  ConfirmPrompt as ClackConfirm,
  PasswordPrompt as ClackPassword,
  SelectPrompt as ClackSelect,
  TextPrompt as ClackText,
  type CANCEL_SYMBOL,
  type State,
} from '@clack/core'
import { limitOptions } from '@clack/prompts'
import { CancelledError } from '../errors.ts'
import { Secret } from '../secret.ts'
import {
  footOfOption,
  frameBody,
  frameEnd,
  frameFoot,
  frameInput,
  frameMessage,
  frameOffer,
  frameOption,
  type FrameState,
  type PromptLook,
} from './prompt-frames.ts'
import type { Choice, ConfirmPrompt, Prompts, SecretPrompt, SelectPrompt, TextPrompt } from './prompts.ts'
import { wrongSecret } from './wrong-secret.ts'

interface Aborting {
  readonly signal?: AbortSignal
}

export function makeScreenPrompts(
  look: PromptLook,
  signal: AbortSignal | undefined,
): Pick<Prompts, 'select' | 'text' | 'confirm' | 'secret'> {
  const aborting = signal === undefined ? {} : { signal }
  giveSize(process.stdout, look)
  return {
    select: (prompt) => askSelect(prompt, look, aborting),
    text: (prompt) => askText(prompt, look, aborting),
    confirm: (prompt) => askConfirm(prompt, look, aborting),
    secret: (prompt) => askSecret(prompt, look, aborting),
  }
}

/** clack asks the stream itself. A pseudo-terminal whose size nobody set has 0 columns: every letter would get a line. */
function giveSize(stream: { columns?: number; rows?: number }, { columns }: PromptLook): void {
  if (stream.columns === 0) Object.assign(stream, { columns, rows: 24 })
}

async function askSelect(
  { message, choices, initial, onShown }: SelectPrompt,
  look: PromptLook,
  aborting: Aborting,
): Promise<string> {
  const prompt = new ClackSelect<Choice>({
    ...aborting,
    options: [...choices],
    initialValue: initial,
    render() {
      const current = this.options[this.cursor]
      if (isOver(this.state)) return frameEnd(message, answerWords(current, look), endOf(this.state), look)
      const head = frameMessage(message, 'waiting', look)
      const foot = frameFoot(footOfOption(current, choices, look), 'waiting', look)
      const list = limitOptions({
        options: this.options,
        cursor: this.cursor,
        columnPadding: 3,
        // One row more than the lines around it: a frame as high as the terminal would scroll.
        rowPadding: head.length + foot.length + 1,
        style: (option, active) => frameOption(option, active, choices, look),
      })
      return [...head, ...frameBody(list, 'waiting', look), ...foot].join('\n')
    },
  })
  // Draws the question before it waits.
  const answer = ask<string>(prompt)
  onShown?.()
  return answer
}

async function askText(
  { message, initial, validate }: TextPrompt,
  look: PromptLook,
  aborting: Aborting,
): Promise<string> {
  class OfferingText extends ClackText {
    /** Takes the offer as if it had been typed. */
    fill(): void {
      // oxlint-disable-next-line eslint/no-underscore-dangle -- clack offers it to subclasses under this name
      if (this.userInput === '') this._setUserInput(initial, true)
    }
  }
  const check = (value: string | undefined) => validate(value === undefined || value === '' ? initial : value)
  const prompt = new OfferingText({
    ...aborting,
    validate: check,
    render() {
      const typed = this.userInput !== ''
      if (isOver(this.state)) return frameEnd(message, typed ? this.userInput : initial, endOf(this.state), look)
      // An empty line is nobody's mistake before Enter was pressed on it.
      const wrong = typed || this.state === 'error' ? check(this.userInput) : undefined
      const state: FrameState = wrong === undefined ? 'waiting' : 'wrong'
      const input = typed ? frameInput(this.userInput, this.cursor) : frameOffer(initial, look)
      const foot = wrong ?? (typed || initial === '' ? '' : 'Enter takes it, Tab edits it')
      return [
        ...frameMessage(message, state, look),
        ...frameBody([input], state, look),
        ...frameFoot(foot, state, look),
      ].join('\n')
    },
  })
  prompt.on('key', (_character, key) => {
    if (key.name === 'tab' || key.name === 'right') prompt.fill()
  })
  const value = await ask<string>(prompt)
  return value === '' ? initial : value
}

async function askConfirm({ message, initial }: ConfirmPrompt, look: PromptLook, aborting: Aborting): Promise<boolean> {
  const prompt = new ClackConfirm({
    ...aborting,
    active: 'Yes',
    inactive: 'No',
    initialValue: initial,
    render() {
      const yes = this.cursor === 0
      if (isOver(this.state)) return frameEnd(message, yes ? 'Yes' : 'No', endOf(this.state), look)
      const option = (label: string, active: boolean) => frameOption({ value: label, label }, active, [], look)
      const body = frameBody([`${option('Yes', yes)}   ${option('No', !yes)}`], 'waiting', look)
      return [...frameMessage(message, 'waiting', look), ...body, ...frameFoot('', 'waiting', look)].join('\n')
    },
  })
  return ask<boolean>(prompt)
}

async function askSecret(
  { message, offer, validate }: SecretPrompt,
  look: PromptLook,
  aborting: Aborting,
): Promise<Secret | undefined> {
  const prompt = new ClackPassword({
    ...aborting,
    mask: '*',
    validate: (typed) => wrongSecret(typed ?? '', offer, validate),
    render() {
      const typed = this.userInput !== ''
      // Not even its length stays on the screen.
      if (isOver(this.state)) return frameEnd(message, typed ? '****' : '', endOf(this.state), look)
      const state: FrameState = this.state === 'error' ? 'wrong' : 'waiting'
      const foot = this.state === 'error' ? this.error : typed ? '' : (offer ?? '')
      return [
        ...frameMessage(message, state, look),
        ...frameBody([frameInput(this.masked, this.cursor)], state, look),
        ...frameFoot(foot, state, look),
      ].join('\n')
    },
  })
  const value = await ask<string>(prompt)
  return value === '' ? undefined : new Secret(value)
}

/** As much of clack's prompts as `ask` needs. */
interface Askable<T> {
  state: State
  on(
    event: 'key',
    callback: (character: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }) => void,
  ): void
  prompt(): Promise<T | typeof CANCEL_SYMBOL | undefined>
}

/** Waits for the answer; the cursor is back afterwards, also when the program ends in between. */
async function ask<T>(prompt: Askable<T>): Promise<T> {
  // readline closes its interface on Ctrl-D without a word to clack: the question would never be answered.
  prompt.on('key', (_character, key) => {
    if (key.ctrl === true && key.name === 'd') prompt.state = 'cancel'
  })
  const showCursor = () => void process.stdout.write('\u001b[?25h')
  process.once('exit', showCursor)
  try {
    const answer = await prompt.prompt()
    if (typeof answer === 'symbol' || answer === undefined) throw new CancelledError()
    return answer
  } finally {
    process.off('exit', showCursor)
  }
}

function isOver(state: State): boolean {
  return state === 'submit' || state === 'cancel'
}

function endOf(state: State): 'answered' | 'cancelled' {
  return state === 'cancel' ? 'cancelled' : 'answered'
}

function answerWords(choice: Choice | undefined, look: PromptLook): string {
  return [choice?.label, choice?.foot].filter((text) => text !== undefined).join(` ${look.symbols.dot} `)
}
