// In: the text of a .env file, or a value. Out: its variables, or the value as all readers of ours understand it.
import { parse } from 'dotenv'
import { UserError } from '../errors.ts'

const BARE = /^[A-Za-z0-9_@%+=:,./-]+$/
const DOUBLE_QUOTED_LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:\\.|[^"\\])*)"\s*(?:#.*)?$/gm

/**
 * One value as it stands right of `=`. The shell, systemd, Docker Compose, dotenv and our supervisor read the same from
 * it: bare where it is harmless, else in single quotes, which none of them looks into. Only a value with a single quote
 * is put in double quotes; there `\`, `"`, `$` and the backtick are escaped, which dotenv alone does not undo
 * (parseEnvFile does).
 * Throws UserError `env.line-break` for a value of more than one line.
 */
export function renderEnvValue(value: string): string {
  if (/[\r\n\0]/.test(value)) {
    throw new UserError('env.line-break', 'A value for an environment file has a line break in it.', {
      because: 'Not every reader of such files understands that.',
      hint: { text: 'Give the value on one line.' },
    })
  }
  if (BARE.test(value)) return value
  if (!value.includes("'")) return `'${value}'`
  return `"${value.replace(/[\\"$`]/g, '\\$&')}"`
}

/**
 * The same for Docker Compose, which differs in two ways: a closing quote does not count after a backslash, not even a
 * single one, and an escaped backtick keeps its backslash. But it knows characters by their numbers (compose-go,
 * dotenv/parser.go).
 */
export function renderComposeEnvValue(value: string): string {
  const openEnd = (/\\*$/.exec(value)?.[0].length ?? 0) % 2 === 1
  if (!openEnd && !(value.includes("'") && value.includes('`'))) return renderEnvValue(value)
  return `"${value.replace(/[\\"$]/g, '\\$&').replaceAll('`', String.raw`\0140`)}"`
}

/** All variables of a .env file, in the order of their first line. The last one of the same name wins. */
export function parseEnvFile(text: string): Record<string, string> {
  // dotenv takes a backslash before the closing quote for a quote, and goes on in the next line.
  const quoted: string[] = []
  const plain = text.replace(DOUBLE_QUOTED_LINE, (_line, name: string, value: string) => {
    quoted.push(value.replace(ESCAPED, (_all, escaped: string) => (escaped === '0140' ? '`' : escaped)))
    return `${name}='\0${quoted.length - 1}\0'`
  })
  const variables = Object.entries(parse(plain))
  return Object.fromEntries(
    variables.map(([name, value]) => [name, quoted[Number(/^\0(\d+)\0$/.exec(value)?.[1])] ?? value]),
  )
}

const ESCAPED = /\\(0140|[\\"$`])/g
