// In: the text of an htpasswd file. Out: its users; and the text with one of them set or removed, all other bytes as they were.
import { createHash } from 'node:crypto'
import { UserError } from '../errors.ts'

export interface HtpasswdEntry {
  readonly user: string
  readonly hash: string
  /** Whether the hash is still the one that mlflow-setup wrote. */
  readonly ours: boolean
}

interface Line {
  /** With its line end. */
  readonly text: string
  /** Undefined for comments and blank lines. */
  readonly entry: { readonly user: string; readonly hash: string; readonly note: string | undefined } | undefined
}

const LINE_END = /\r?\n?$/
const MARK = /(?:^| )mlflow-setup ([0-9a-f]{8})$/

/**
 * The users, in the order of their lines. As for nginx, the first line of a name counts.
 * Throws UserError `htpasswd.broken` for a line that is no entry: nginx would skip it and the next one too.
 */
export function parseHtpasswd(text: string, file: string): readonly HtpasswdEntry[] {
  const users = new Map<string, HtpasswdEntry>()
  for (const { entry } of linesOf(text, file)) {
    if (entry === undefined || users.has(entry.user)) continue
    const { user, hash, note } = entry
    users.set(user, { user, hash, ours: MARK.exec(note ?? '')?.[1] === digest(hash) })
  }
  return [...users.values()]
}

/**
 * Sets the hash of one user, in its line or in a new one at the end. The third field, which no reader looks at, gets a
 * mark: whether somebody changed the hash since can be told from it. What else the field holds stays.
 */
export function setHtpasswdEntry(text: string, file: string, user: string, hash: string): string {
  const lines = linesOf(text, file)
  const end = /\r?\n/.exec(text)?.[0] ?? '\n'
  const at = lines.findIndex(({ entry }) => entry?.user === user)
  if (at === -1) return `${text}${text === '' || text.endsWith('\n') ? '' : end}${render(user, hash, undefined)}${end}`
  return lines
    .map(({ text: line, entry }, index) =>
      index === at ? render(user, hash, entry?.note) + (LINE_END.exec(line)?.[0] ?? '') : line,
    )
    .join('')
}

/** Removes every line of the user: behind the first one, another would come to count. */
export function removeHtpasswdEntry(text: string, file: string, user: string): string {
  return linesOf(text, file)
    .filter(({ entry }) => entry?.user !== user)
    .map((line) => line.text)
    .join('')
}

function linesOf(text: string, file: string): readonly Line[] {
  return text.split(/(?<=\n)/).map((line, index) => {
    const content = line.replace(LINE_END, '')
    if (content === '' || content.startsWith('#')) return { text: line, entry: undefined }
    const [, user, hash, note] = /^([^:\0]+):([^:\0]+)(?::(.*))?$/s.exec(content) ?? []
    if (user !== undefined && hash !== undefined) return { text: line, entry: { user, hash, note } }
    throw new UserError('htpasswd.broken', `${file} is not a password file of nginx.`, {
      because: `Line ${index + 1} is no user with a hash behind a colon.`,
      hint: { text: 'Correct the line, or move the file away.' },
    })
  })
}

function render(user: string, hash: string, note: string | undefined): string {
  const foreign = note?.replace(MARK, '') ?? ''
  return `${user}:${hash}:${foreign === '' ? '' : `${foreign} `}mlflow-setup ${digest(hash)}`
}

function digest(hash: string): string {
  return createHash('sha256').update(hash).digest('hex').slice(0, 8)
}
