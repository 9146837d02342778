// In: text with colours and wide characters. Out: the same text measured, padded, cut or broken for a terminal.

// oxlint-disable-next-line no-control-regex -- the escape sequences of colours are control characters
const COLOUR = /\u001b\[[0-9;]*m/g

/** Text in which every code unit takes one column: ASCII, Latin letters, and the dashes, dots, lines and marks that we draw. */
const NARROW = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u25fc\u2713-\u2718]*$/

/** Made when it is needed: the first one of a process takes 9 ms, and most text is narrow. */
function graphemesOf(text: string): Iterable<{ readonly segment: string }> {
  return new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)
}

/** Columns that the text takes on a terminal: colours none, East Asian wide characters and emoji two. */
export function visibleWidth(text: string): number {
  const plain = text.replaceAll(COLOUR, '')
  if (NARROW.test(plain)) return plain.length
  let width = 0
  for (const { segment } of graphemesOf(plain)) width += graphemeWidth(segment)
  return width
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleWidth(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - visibleWidth(text))) + text
}

/** Cuts to at most `width` columns; `ellipsis` stands for what was cut. Colours that were open are closed. */
export function truncate(text: string, width: number, ellipsis: string): string {
  if (visibleWidth(text) <= width) return text
  const mark = ellipsis.length <= width ? ellipsis : ''
  const room = Math.max(0, width - visibleWidth(mark))
  let out = ''
  let used = 0
  let coloured = false
  // oxlint-disable-next-line no-control-regex -- as above
  for (const part of text.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b')) {
      coloured = true
      out += part
      continue
    }
    for (const { segment } of graphemesOf(part)) {
      used += graphemeWidth(segment)
      if (used > room) return out + mark + (coloured ? '\u001b[0m' : '')
      out += segment
    }
  }
  return out
}

/** Breaks at spaces, and at line ends. A word longer than `width` stays whole. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width))
}

/** Pieces of at most `width` columns, broken anywhere. The text has no colours. */
export function breakAnywhere(text: string, width: number): string[] {
  const pieces = ['']
  let used = 0
  for (const { segment } of graphemesOf(text)) {
    used += graphemeWidth(segment)
    if (used > width) {
      pieces.push('')
      used = graphemeWidth(segment)
    }
    pieces[pieces.length - 1] += segment
  }
  return pieces
}

function wrapLine(line: string, width: number): string[] {
  if (visibleWidth(line) <= width) return [line]
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (current !== '' && visibleWidth(longer) > width) {
      lines.push(current)
      current = word
    } else {
      current = longer
    }
  }
  return [...lines, current]
}

/** Text in columns: two spaces between, nothing behind the last cell of a row, which may be as long as it likes. */
export function alignColumns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const used = Array.from({ length: count }, (_, i) => rows.some((row) => (row[i] ?? '') !== ''))
  const dense = rows.map((row) => row.filter((_, i) => used[i]))
  const ends = dense.map((row) => row.findLastIndex((cell) => cell !== ''))
  const widths = used.map((_, i) =>
    Math.max(0, ...dense.map((row, r) => (i < (ends[r] ?? 0) ? visibleWidth(row[i] ?? '') : 0))),
  )
  return dense.map((row, r) =>
    row
      .slice(0, (ends[r] ?? 0) + 1)
      .map((cell, i) => (i === ends[r] ? cell : padEnd(cell, widths[i] ?? 0)))
      .join(' '.repeat(gap)),
  )
}

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0
  if (/^[\p{Mark}\u200b-\u200f\u2060\ufeff]/u.test(grapheme)) return 0
  // A variation selector asks for the wide picture of a character that is narrow as text.
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(grapheme)) return 2
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}

/** East Asian Wide and Fullwidth, Unicode 15, EastAsianWidth.txt, joined to blocks. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
]

export interface HangOptions {
  /** Colours each part by itself. */
  readonly paint?: ((text: string) => string) | undefined
  /** What later lines start with, such as a guide bar; they are filled up to where the text starts. */
  readonly rest?: string
}

/** `text` behind `head`, broken where the line ends and continued below its own start. */
export function hang(
  head: string,
  text: string,
  columns: number,
  { paint = (same) => same, rest = '' }: HangOptions = {},
): string[] {
  const indent = visibleWidth(head)
  // On a very narrow terminal a line that is too long is better than a column of single words.
  const parts = wrap(text, Math.max(12, columns - indent))
  return parts.map((part, i) => (i === 0 ? head : padEnd(rest, indent)) + paint(part))
}
