// In: what the terminal can show, and the home directory. Out: Style, the words' colours, the symbols and the measures of lines.
import type { Terminal } from '../ports/terminal.ts'
import { padEnd, padStart, truncate, visibleWidth, wrap } from './layout.ts'

type Paint = (text: string) => string

export interface Symbols {
  /** A finished step of the wizard or of the work. */
  readonly done: string
  /** The step that waits for the user. */
  readonly active: string
  /** A step that failed or was cancelled. */
  readonly failed: string
  /** A step whose answer is wrong. */
  readonly wrong: string
  readonly first: string
  readonly bar: string
  readonly last: string
  readonly chosen: string
  readonly open: string
  readonly pass: string
  readonly fail: string
  readonly warn: string
  readonly skip: string
  readonly plus: string
  readonly tilde: string
  readonly equals: string
  readonly bang: string
  readonly minus: string
  /** Between facts of one line. */
  readonly dot: string
  readonly ellipsis: string
  readonly arrow: string
  readonly spinner: readonly string[]
  readonly box: BoxSymbols
}

export interface BoxSymbols {
  readonly topLeft: string
  readonly topRight: string
  readonly bottomLeft: string
  readonly bottomRight: string
  readonly horizontal: string
  readonly vertical: string
  /** One line in, one on, one down. */
  readonly branch: string
  /** The lower end of a branch. */
  readonly corner: string
}

export interface Style {
  readonly unicode: boolean
  /** Columns to fill, never more than 100: longer lines are hard to read. */
  readonly columns: number
  readonly symbols: Symbols
  readonly bold: Paint
  readonly dim: Paint
  readonly green: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly cyan: Paint
  /** Columns that the text takes, colours not counted, wide characters counted twice. */
  width(text: string): number
  padEnd(text: string, width: number): string
  padStart(text: string, width: number): string
  /** Cuts to `width` columns, with an ellipsis where something was cut. */
  truncate(text: string, width: number): string
  /** Breaks at spaces; a word that is longer than the line stays whole, so that addresses and paths can be copied. */
  wrap(text: string, width: number): string[]
  /** The text with the home directory as `~`. */
  home(text: string): string
}

/** `home` is the absolute home directory; without it paths are shown in full. */
export function makeStyle(terminal: Terminal, home?: string): Style {
  const symbols = terminal.unicode ? UNICODE : ASCII
  const paint = (on: number, off: number): Paint => {
    // An inner colour ends with the code that ends ours too: ours starts again behind it.
    return (text) =>
      terminal.colour && text !== ''
        ? `\u001b[${on}m${text.replaceAll(`\u001b[${off}m`, `\u001b[${off}m\u001b[${on}m`)}\u001b[${off}m`
        : text
  }
  return {
    unicode: terminal.unicode,
    get columns() {
      return Math.min(terminal.columns, 100)
    },
    symbols,
    bold: paint(1, 22),
    dim: paint(2, 22),
    green: paint(32, 39),
    red: paint(31, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
    width: visibleWidth,
    padEnd,
    padStart,
    truncate: (text, width) => truncate(text, width, symbols.ellipsis),
    wrap,
    home: (text) => shortenHome(text, home),
  }
}

function shortenHome(text: string, home: string | undefined): string {
  if (home === undefined || home.length < 2) return text
  const escaped = home.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  // Neither the middle of a longer path (`/srv/home/ann`, `sqlite:////home/ann`) nor the start of another name (`/home/anna`).
  return text.replaceAll(new RegExp(`(?<![\\w./~-])${escaped}(?=$|[/\\s:;,'")])`, 'g'), '~')
}

const UNICODE: Symbols = {
  done: '◇',
  active: '◆',
  failed: '■',
  wrong: '▲',
  first: '┌',
  bar: '│',
  last: '└',
  chosen: '●',
  open: '○',
  pass: '✔',
  fail: '✖',
  warn: '▲',
  skip: '○',
  plus: '+',
  tilde: '~',
  equals: '=',
  bang: '!',
  minus: '-',
  dot: '·',
  ellipsis: '…',
  arrow: '▶',
  spinner: ['◒', '◐', '◓', '◑'],
  box: {
    topLeft: '┌',
    topRight: '┐',
    bottomLeft: '└',
    bottomRight: '┘',
    horizontal: '─',
    vertical: '│',
    branch: '┬',
    corner: '└',
  },
}

const ASCII: Symbols = {
  done: 'o',
  active: '*',
  failed: 'x',
  wrong: '!',
  first: '+',
  bar: '|',
  last: '+',
  chosen: '>',
  open: ' ',
  pass: 'ok',
  fail: 'FAIL',
  warn: '!',
  skip: 'skip',
  plus: '+',
  tilde: '~',
  equals: '=',
  bang: '!',
  minus: '-',
  dot: '-',
  ellipsis: '...',
  arrow: '>',
  spinner: ['-', '\\', '|', '/'],
  box: {
    topLeft: '+',
    topRight: '+',
    bottomLeft: '+',
    bottomRight: '+',
    horizontal: '-',
    vertical: '|',
    branch: '+',
    corner: '+',
  },
}
