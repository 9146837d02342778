// In: a value. Out: the value as it stands in a systemd unit file (systemd.syntax(7), systemd.service(5)).
import { UserError } from '../errors.ts'

/**
 * The whole rest of a line, such as the path of WorkingDirectory= or EnvironmentFile=: systemd takes it as it stands,
 * only specifiers (`%n`) are replaced. Throws UserError `unit.not-a-line` for what no such line can hold.
 */
export function renderUnitValue(value: string): string {
  refuseLineBreaks(value)
  // Blanks at the ends are cut off, a backslash at the end joins the next line.
  if (value !== value.trim() || value.endsWith('\\')) throw notALine(value)
  return value.replaceAll('%', '%%')
}

/** One word of ExecStart=: in double quotes, with C escapes. The command must stand behind `:`, which keeps `$` as it is. */
export function renderUnitWord(value: string): string {
  refuseLineBreaks(value)
  return `"${value.replace(/[\\"]/gu, '\\$&').replaceAll('%', '%%')}"`
}

/**
 * One word of a list of paths, such as ReadWritePaths=: quotes group, but a backslash is just a backslash there
 * (EXTRACT_RETAIN_ESCAPE in systemd's load-fragment.c), so each kind of quote stands in the other kind.
 */
export function renderUnitPath(value: string): string {
  refuseLineBreaks(value)
  const escaped = value.replaceAll('%', '%%')
  if (!escaped.includes('"')) return `"${escaped}"`
  return escaped
    .split(/("+)/u)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') ? `'${part}'` : `"${part}"`))
    .join('')
}

/** Letters that a unit name may have without being escaped; all others become `-`. */
export function renderUnitName(name: string): string {
  return name.replace(/[^A-Za-z0-9:_.-]/gu, '-')
}

function refuseLineBreaks(value: string): void {
  if (/[\r\n\0]/u.test(value)) throw notALine(value)
}

function notALine(value: string): UserError {
  return new UserError('unit.not-a-line', `A systemd unit cannot hold ${JSON.stringify(value)}.`, {
    because: 'It ends with a backslash or a blank, or has a line break in it.',
    hint: { text: 'Choose another directory with --dir, or --service background.' },
  })
}
