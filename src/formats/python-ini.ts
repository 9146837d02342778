// In: a value. Out: the same as Python's configparser reads it back.
import { UserError } from '../errors.ts'

/** Only `%` means something to configparser, which begins a reference to another value. Blanks at the ends would be lost. */
export function renderIniValue(value: string): string {
  if (/[\r\n\0]/.test(value) || value !== value.trim()) {
    throw new UserError(
      'ini.value',
      'A value for an INI file begins or ends with a blank, or has a line break in it.',
      {
        because: 'Python would read something else.',
        hint: { text: 'Give the value on one line.' },
      },
    )
  }
  return value.replaceAll('%', '%%')
}
