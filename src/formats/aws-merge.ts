// In: the text of an AWS file and the options that a profile shall have. Out: the text with just those added, or what is in the way.
import { blocksOf, closeLines, removeBlocks, renderBlock, replacedPrefix, sectionEnd } from './aws-block.ts'
import { joinLines, parseAwsIni, type AwsIni, type AwsOption, type AwsSection } from './aws-ini.ts'

export interface AwsMergeWish {
  /** The directory of the stack that wants it. */
  readonly owner: string
  /** The section, where there is one. */
  readonly find: (ini: AwsIni) => AwsSection | undefined
  /** What a new section is called. */
  readonly header: string
  /** The options that it shall have, with their comments. */
  readonly body: string
  /** Options, in the same form, that it may have but not with other values. */
  readonly agreeing: string
  /** Options that must not be there. */
  readonly unwanted: readonly string[]
  /** Whether there is no file yet. */
  readonly madeFile: boolean
  /** Whether options of the user's may give way. They become comments. */
  readonly replace: boolean
}

export interface AwsConflict {
  /** From 1. */
  readonly line: number
  readonly key: string
  /** Secrets are hidden. */
  readonly found: string
  /** Undefined: it must not be there. */
  readonly wanted: string | undefined
}

export interface AwsMerge {
  readonly text: string
  /** Nothing is changed while there are any. Empty with `replace`. */
  readonly conflicts: readonly AwsConflict[]
}

/** One option to write: its lines, with the comments above it. */
interface Wanted {
  readonly option: AwsOption
  readonly lines: readonly string[]
  readonly nested: readonly { readonly key: string; readonly value: string; readonly lines: readonly string[] }[]
}

/** What has to be done to an existing section. */
interface Changes {
  readonly conflicts: AwsConflict[]
  /** Lines that give way. */
  readonly giveWay: Set<number>
  /** Lines for the section's own block. */
  readonly added: string[]
  /** Lines for blocks inside of blocks of the user's, by the index that they go before. */
  readonly inside: Map<number, { readonly lines: string[]; readonly indent: string }>
}

/** Adds what is missing as a marked block. A second time it changes nothing. */
export function mergeSection(current: string, wish: AwsMergeWish): AwsMerge {
  const ini = parseAwsIni(current)
  const section = wish.find(ini)
  const wanted = readWanted(wish.body)
  if (section !== undefined) {
    const clashes = findClashes(ini, section, wanted, wish)
    const { outdated, added } = findLeftOvers(ini, section, wanted, wish)
    const isComplete = wanted.every((want) => isThere(section, want))
    if (isComplete && clashes.length === 0 && outdated.length === 0) return { text: current, conflicts: [] }
    const conflicts = [...clashes, ...added].toSorted((one, other) => one.line - other.line)
    if (conflicts.length > 0 && !wish.replace) return { text: current, conflicts }
  }
  const base = parseAwsIni(removeBlocks(current, wish.owner, wish.find))
  const there = wish.find(base)
  return {
    text: there === undefined ? withNewSection(base, wanted, wish) : withChanges(base, there, wanted, wish),
    conflicts: [],
  }
}

/** What the user has there that cannot stay: options of another value, also where a line of ours was edited. */
function findClashes(
  ini: AwsIni,
  section: AwsSection,
  wanted: readonly Wanted[],
  wish: AwsMergeWish,
): readonly AwsConflict[] {
  const pristine = blocksOf(ini, wish.owner, section).filter(({ edited }) => !edited)
  const isOurs = (at: number) => pristine.some(({ first, last }) => first < at && at < last)
  const theirs = section.options
    .filter(({ first }) => !isOurs(first))
    .map((option) => ({ ...option, nested: option.nested?.filter(({ at }) => !isOurs(at)) }))
  return findChanges(ini, { ...section, options: theirs }, wanted, wish).conflicts
}

/** Options between our marks that the stack does not want: of an older form, or added by the user or by AWS CLI. */
function findLeftOvers(
  ini: AwsIni,
  section: AwsSection,
  wanted: readonly Wanted[],
  { owner }: AwsMergeWish,
): { readonly outdated: readonly AwsConflict[]; readonly added: readonly AwsConflict[] } {
  const blocks = blocksOf(ini, owner, section)
  const all = section.options.flatMap((option): AwsConflict[] => {
    const want = wanted.find(({ option: { key } }) => key === option.key)
    if (want === undefined) return [{ ...conflictOf(option, option), wanted: undefined }]
    return (option.nested ?? [])
      .filter(({ key }) => want.nested.every((one) => one.key !== key))
      .map(({ key, value, at }) => ({ line: at + 1, key: `${option.key}.${key}`, found: value, wanted: undefined }))
  })
  const inBlocks = (edited: boolean) =>
    all.filter(({ line }) =>
      blocks.some((block) => block.edited === edited && block.first < line - 1 && line - 1 < block.last),
    )
  return { outdated: inBlocks(false), added: inBlocks(true) }
}

function isThere(section: AwsSection, { option, nested }: Wanted): boolean {
  const found = section.options.find(({ key }) => key === option.key)
  if (found === undefined) return false
  if (nested.length === 0) return found.value === option.value
  return nested.every(({ key, value }) => found.nested?.findLast((one) => one.key === key)?.value === value)
}

function readWanted(body: string): readonly Wanted[] {
  const { lines, sections } = parseAwsIni(`[x]\n${body}`)
  const textsIn = (from: number, to: number) => lines.slice(from, to).map(({ text }) => text)
  let before = 1
  return (sections[0]?.options ?? []).map((option) => {
    const wanted = textsIn(before, option.after)
    before = option.after
    let inner = option.first + 1
    const nested = (option.nested ?? []).map(({ key, value, at }) => {
      const own = textsIn(inner, at + 1).map((text) => text.trim())
      inner = at + 1
      return { key, value, lines: own }
    })
    return { option, lines: wanted, nested }
  })
}

function findChanges(ini: AwsIni, section: AwsSection, wanted: readonly Wanted[], wish: AwsMergeWish): Changes {
  const changes: Changes = {
    conflicts: [...conflictsWith(section, wish.agreeing), ...unwantedIn(section, wish.unwanted)],
    giveWay: new Set(),
    added: [],
    inside: new Map(),
  }
  const inTheWay = new Set(changes.conflicts.map(({ line }) => line - 1))
  for (const option of section.options) if (inTheWay.has(option.first)) giveWay(option, changes)
  for (const want of wanted) {
    const found = section.options.find(({ key }) => key === want.option.key)
    if (found === undefined) changes.added.push(...want.lines)
    else if (want.nested.length > 0 && (found.nested !== undefined || found.value === '')) {
      addInside(ini, found, want, changes)
    } else if (found.nested !== undefined || found.value !== want.option.value) {
      changes.conflicts.push(conflictOf(found, want.option))
      giveWay(found, changes)
      changes.added.push(...want.lines)
    }
  }
  return changes
}

function addInside(ini: AwsIni, found: AwsOption, { nested }: Wanted, changes: Changes): void {
  const lines: string[] = []
  for (const want of nested) {
    const there = found.nested?.findLast(({ key }) => key === want.key)
    if (there?.value === want.value) continue
    lines.push(...want.lines)
    if (there === undefined) continue
    const key = `${found.key}.${want.key}`
    changes.conflicts.push({ line: there.at + 1, key, found: there.value, wanted: want.value })
    changes.giveWay.add(there.at)
  }
  if (lines.length === 0) return
  const model = found.nested?.[0]
  const indent = model === undefined ? `${indentAt(ini, found.first)}  ` : indentAt(ini, model.at)
  changes.inside.set(found.after, { lines, indent })
}

function giveWay({ first, after }: AwsOption, { giveWay: lines }: Changes): void {
  for (let at = first; at < after; at += 1) lines.add(at)
}

function conflictsWith(section: AwsSection, agreeing: string): readonly AwsConflict[] {
  return readWanted(agreeing).flatMap((want) => {
    const found = section.options.find(({ key }) => key === want.option.key)
    return found === undefined || isThere(section, want) ? [] : [conflictOf(found, want.option)]
  })
}

function unwantedIn(section: AwsSection, unwanted: readonly string[]): readonly AwsConflict[] {
  return section.options
    .filter(({ key }) => unwanted.includes(key))
    .map((found) => ({ line: found.first + 1, key: found.key, found: shown(found), wanted: undefined }))
}

function conflictOf(found: AwsOption, wanted: AwsOption): AwsConflict {
  return { line: found.first + 1, key: found.key, found: shown(found), wanted: shown(wanted) }
}

function shown({ key, value }: AwsOption): string {
  if (/^aws_(access_key_id|secret_access_key|session_token)$/.test(key)) return '[redacted]'
  return value.trim().replaceAll(/\s*\n\s*/g, ', ')
}

function withNewSection(ini: AwsIni, wanted: readonly Wanted[], { header, owner, madeFile }: AwsMergeWish): string {
  const inner = [`[${header}]`, ...wanted.flatMap(({ lines }) => lines)]
  const apart = ini.lines.length === 0 ? [] : ['']
  const block = [...apart, ...renderBlock(inner, owner, { madeFile })].map((text) => ({ text, end: '' }))
  return joinLines(closeLines([...ini.lines, ...block], ini.lines))
}

function withChanges(ini: AwsIni, section: AwsSection, wanted: readonly Wanted[], wish: AwsMergeWish): string {
  const { owner } = wish
  const changes = findChanges(ini, section, wanted, wish)
  const prefix = replacedPrefix(owner)
  const last = section.options.at(-1)
  const place = last?.after ?? section.header + 1
  // As deep as its neighbours: a deeper line after it would count as a part of its value.
  const indent = indentAt(ini, last?.first ?? sectionEnd(ini, section))
  const added = changes.added.length === 0 ? [] : renderBlock(changes.added, owner, { indent })
  const lines = [...ini.lines, undefined].flatMap((line, at) => {
    const inside = changes.inside.get(at)
    const before = [
      ...(inside === undefined ? [] : renderBlock(inside.lines, owner, { indent: inside.indent })),
      ...(at === place ? added : []),
    ].map((text) => ({ text, end: '' }))
    if (line === undefined) return before
    return [...before, changes.giveWay.has(at) ? { ...line, text: prefix + line.text } : line]
  })
  return joinLines(closeLines(lines, ini.lines))
}

function indentAt({ lines }: AwsIni, at: number): string {
  return /^\s*/.exec(lines[at]?.text ?? '')?.[0] ?? ''
}
