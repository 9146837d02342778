// In: the text of ~/.aws/config or ~/.aws/credentials. Out: AwsIni, its sections with their lines, as botocore reads them.
// botocore takes Python's RawConfigParser; the rules here are those of its _read (cpython, Lib/configparser.py).

export interface AwsLine {
  readonly text: string
  /** `\n`, `\r\n`, `\r`, or empty at the end of a file. */
  readonly end: string
}

/** One line of an indented block such as `s3 =`. */
export interface NestedOption {
  readonly key: string
  readonly value: string
  /** Index into the lines. */
  readonly at: number
}

export interface AwsOption {
  /** In lower case, as the parser compares them. */
  readonly key: string
  readonly value: string
  /** What an indented block holds; undefined for a plain value. */
  readonly nested: readonly NestedOption[] | undefined
  /** Indexes into the lines: its first one, and the one after its last. */
  readonly first: number
  readonly after: number
}

export interface AwsSection {
  readonly name: string
  /** Index of the header's line. */
  readonly header: number
  readonly options: readonly AwsOption[]
}

/** Why botocore cannot read the file. */
export interface AwsFault {
  /** From 1. */
  readonly line: number
  readonly what: string
}

export interface AwsIni {
  readonly lines: readonly AwsLine[]
  readonly sections: readonly AwsSection[]
  readonly faults: readonly AwsFault[]
}

/** What Python strips: not quite what JavaScript does. */
const BLANKS = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`
const LEADING = new RegExp(`^${BLANKS}*`)
const ENDS = new RegExp(`^${BLANKS}+|${BLANKS}+$`, 'g')

interface OpenOption {
  readonly key: string
  readonly first: number
  after: number
  readonly values: { readonly text: string; readonly at: number }[]
}

interface OpenSection {
  readonly name: string
  readonly header: number
  readonly options: OpenOption[]
}

/** Never throws: what botocore would refuse is in `faults`. */
export function parseAwsIni(text: string): AwsIni {
  const lines = splitLines(text)
  const { sections: open, faults } = readSections(lines)
  const sections = open.map(closeSection)
  return { lines, sections, faults: [...faults, ...findRepeats(sections), ...findNestedFaults(sections, lines)] }
}

function readSections(lines: readonly AwsLine[]): { readonly sections: OpenSection[]; readonly faults: AwsFault[] } {
  const faults: AwsFault[] = []
  const sections: OpenSection[] = []
  let indent = 0
  let option: OpenOption | undefined
  for (const [at, line] of lines.entries()) {
    const value = stripPython(line.text)
    if (isComment(value)) continue
    const here = LEADING.exec(line.text)?.[0].length ?? 0
    // Python keeps blank lines inside of a value, and cuts off those at its end.
    if (value === '') option?.values.push({ text: '', at })
    else if (option !== undefined && here > indent) {
      option.values.push({ text: value, at })
      option.after = at + 1
    } else {
      indent = here
      const header = /^\[(.+)\]/.exec(value)?.[1]
      option = header === undefined && sections.length > 0 ? readOption(value, at) : undefined
      if (header !== undefined) sections.push({ name: header, header: at, options: [] })
      else if (option !== undefined) sections.at(-1)?.options.push(option)
      // Python gives up at the first line outside of a section.
      else if (sections.length > 0) faults.push({ line: at + 1, what: 'is neither a section nor "key = value"' })
      else if (faults.length === 0) faults.push({ line: at + 1, what: outsideWords(value) })
    }
  }
  return { sections, faults }
}

/** The value without what Python takes for blanks at its ends. */
function stripPython(text: string): string {
  return text.replace(ENDS, '')
}

function isComment(stripped: string): boolean {
  return stripped.startsWith('#') || stripped.startsWith(';')
}

/** How this file ends its lines; `\n` where there is none. */
export function lineEndOf(lines: readonly AwsLine[]): string {
  return lines.find(({ end }) => end !== '')?.end ?? '\n'
}

export function joinLines(lines: readonly AwsLine[]): string {
  return lines.map(({ text, end }) => text + end).join('')
}

/** Python's universal newlines: a lone carriage return ends a line too. */
function splitLines(text: string): AwsLine[] {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)]
    .map(([, line = '', end = '']) => ({ text: line, end }))
    .filter(({ text: line, end }) => line !== '' || end !== '')
}

function readOption(value: string, at: number): OpenOption | undefined {
  const [, key, rest = ''] = /^([^=:]*)[=:](.*)$/su.exec(value) ?? []
  if (key === undefined || stripPython(key) === '') return undefined
  const first = { text: stripPython(rest), at }
  return { key: stripPython(key).toLowerCase(), first: at, after: at + 1, values: [first] }
}

function closeSection({ name, header, options }: OpenSection): AwsSection {
  return { name, header, options: options.map(closeOption) }
}

function closeOption({ key, first, after, values }: OpenOption): AwsOption {
  const [head, ...rest] = values
  const block = rest.filter(({ text }) => text !== '')
  const isBlock = head?.text === '' && block.length > 0
  return {
    key,
    value: values
      .map(({ text }) => text)
      .join('\n')
      .trimEnd(),
    nested: isBlock ? block.map(closeNested) : undefined,
    first,
    after,
  }
}

function closeNested({ text, at }: { readonly text: string; readonly at: number }): NestedOption {
  const [, key = text, value = ''] = /^([^=]*)=(.*)$/su.exec(text) ?? []
  return { key: stripPython(key), value: stripPython(value), at }
}

function findRepeats(sections: readonly AwsSection[]): AwsFault[] {
  const seen = new Map<string, number>()
  const repeats: AwsFault[] = []
  const note = (name: string, what: string, at: number) => {
    const before = seen.get(name)
    if (before === undefined) seen.set(name, at)
    else repeats.push({ line: at + 1, what: `has ${what} again, which is in line ${before + 1} already` })
  }
  for (const { name, header, options } of sections) {
    if (name !== 'DEFAULT') note(`[${name}]`, `[${name}]`, header)
    for (const { key, first } of options) note(`[${name}]${key}`, key, first)
  }
  return repeats
}

/** Options of [DEFAULT] are looked at as those of each other section, where it has none of its own. */
function findNestedFaults(sections: readonly AwsSection[], lines: readonly AwsLine[]): AwsFault[] {
  const common = sections.filter(({ name }) => name === 'DEFAULT').flatMap(({ options }) => options)
  const read = sections
    .filter(({ name }) => name !== 'DEFAULT')
    .flatMap(({ options }) => [...new Map([...common, ...options].map((option) => [option.key, option])).values()])
  return [...new Set(read)]
    .flatMap(({ nested }) => nested ?? [])
    .filter(({ at }) => !lines[at]?.text.includes('='))
    .map(({ at }) => ({ line: at + 1, what: 'is indented but not "key = value"' }))
}

function outsideWords(value: string): string {
  return value.startsWith('\uFEFF') ? 'begins with a byte order mark' : 'stands before the first [section]'
}
