// In: the text of an AWS file. Out: the parts of it that mlflow-setup wrote, and the text without them.
import { createHash } from 'node:crypto'
import { joinLines, lineEndOf, parseAwsIni, type AwsIni, type AwsLine, type AwsSection } from './aws-ini.ts'

/** Lines of ours between two marks; everything that undoing them needs is in the marks. */
export interface AwsBlock {
  /** The directory of the stack that they were written for. */
  readonly owner: string
  /** Indexes of the two marks. */
  readonly first: number
  readonly last: number
  /** Whether the lines are not those that were written. */
  readonly edited: boolean
  /** Whether the file was made for them. */
  readonly madeFile: boolean
}

/** A colon in the last line makes `aws configure set` add its lines below it, not in our midst (awscli, configure/writer.py). */
const END = '# End of what mlflow-setup wrote. To take it away: mlflow-setup client --remove-aws'
const BEGIN = /^\s*# Written by mlflow-setup for (.+)\. Content ([0-9a-f]{16})(, in a new file)?\.$/u

/** The lines of a block, marks included, each behind `indent`. */
export function renderBlock(
  inner: readonly string[],
  owner: string,
  { indent = '', madeFile = false }: { indent?: string; madeFile?: boolean } = {},
): readonly string[] {
  const lines = inner.map((line) => (line === '' ? '' : indent + line))
  const begin = `# Written by mlflow-setup for ${owner}. Content ${digest(lines)}${madeFile ? ', in a new file' : ''}.`
  return [indent + begin, ...lines, indent + END]
}

function findBlocks(lines: readonly AwsLine[]): readonly AwsBlock[] {
  const open: { readonly mark: RegExpExecArray; readonly first: number }[] = []
  const blocks: AwsBlock[] = []
  const close = (mark: RegExpExecArray, first: number, last: number) => {
    const inner = lines.slice(first + 1, last).map(({ text }) => text)
    const edited = first === last || digest(inner) !== mark[2]
    blocks.push({ owner: mark[1] ?? '', first, last, edited, madeFile: mark[3] !== undefined })
  }
  for (const [at, { text }] of lines.entries()) {
    const mark = BEGIN.exec(text)
    if (mark !== null) open.push({ mark, first: at })
    else if (text.trim() === END) {
      const opened = open.pop()
      if (opened !== undefined) close(opened.mark, opened.first, at)
    }
  }
  // A mark whose end somebody took away stands for itself.
  for (const { mark, first } of open) close(mark, first, first)
  return blocks.toSorted((one, other) => one.first - other.first)
}

/** Blocks of this stack: in one section, or anywhere. */
export function blocksOf(ini: AwsIni, owner: string, section: AwsSection | undefined | 'any'): readonly AwsBlock[] {
  const own = findBlocks(ini.lines).filter((block) => block.owner === owner)
  if (section === 'any') return own
  if (section === undefined) return []
  const after = sectionEnd(ini, section)
  // The first mark of a section that is ours stands before its header.
  return own.filter(({ last }) => last >= section.header && last < after)
}

/** The index after the last line of the section. */
export function sectionEnd(ini: AwsIni, section: AwsSection): number {
  return ini.sections.find(({ header }) => header > section.header)?.header ?? ini.lines.length
}

/** What stands before a line of the user's that had to give way; undoing takes it off again. */
export function replacedPrefix(owner: string): string {
  return `# Replaced by mlflow-setup, ${digest([owner]).slice(0, 8)}: `
}

/** The text without the blocks of this stack, and with the lines back that gave way to them. */
export function removeBlocks(
  text: string,
  owner: string,
  find: (ini: AwsIni) => AwsSection | undefined | 'any',
): string {
  const ini = parseAwsIni(text)
  const section = find(ini)
  const blocks = blocksOf(ini, owner, section)
  if (section === undefined || blocks.length === 0) return text
  const gone = new Set(blocks.flatMap((block) => [...linesToRemove(ini, block)]))
  const prefix = replacedPrefix(owner)
  const [from, to] = section === 'any' ? [0, ini.lines.length] : [section.header, sectionEnd(ini, section)]
  const kept = ini.lines
    .map((line, at) =>
      at >= from && at < to && line.text.startsWith(prefix) ? { ...line, text: line.text.slice(prefix.length) } : line,
    )
    .filter((_line, at) => !gone.has(at))
  return joinLines(closeLines(kept, ini.lines))
}

/** Gives lines the ends that they have in a file of which some were added or taken away. */
export function closeLines(lines: readonly AwsLine[], before: readonly AwsLine[]): readonly AwsLine[] {
  const usual = lineEndOf(before)
  const open = before.at(-1)?.end === ''
  return lines.map(({ text, end }, at) => {
    if (at === lines.length - 1) return { text, end: open ? '' : end === '' ? usual : end }
    return { text, end: end === '' ? usual : end }
  })
}

/** With the blank line that sets a section of ours apart; without its header where the user has added options to it. */
function linesToRemove(ini: AwsIni, { first, last }: AwsBlock): Set<number> {
  const all = new Set(Array.from({ length: last - first + 1 }, (_none, index) => first + index))
  const section = ini.sections.find(({ header }) => header > first && header < last)
  if (section === undefined) return all
  if (section.options.some((option) => option.first > last)) all.delete(section.header)
  else if (ini.lines[first - 1]?.text === '') all.add(first - 1)
  return all
}

function digest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)
}
