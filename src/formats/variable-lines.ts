// In: a variable. Out: the line that sets it, in the words of a shell, of a file or of Python. All of them begin a comment with `#`.
import { UserError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { renderEnvValue } from './env-file.ts'
import { renderShellWord } from './shell-words.ts'

/** Each with what sets one variable. */
const SETTERS = {
  sh: (name, value) => `export ${name}=${renderShellWord(value)}`,
  fish: (name, value) => `set -gx ${name} ${renderFishWord(value)}`,
  powershell: (name, value) => `$env:${name} = ${renderPowershellText(value)}`,
  dotenv: (name, value) => `${name}=${renderEnvValue(value)}`,
  conda: (name, value) => `conda env config vars set ${renderShellWord(`${name}=${value}`)}`,
  python: (name, value) => `os.environ["${name}"] = ${renderPythonText(value)}`,
} satisfies Record<string, (name: string, value: string) => string>

export type VariableFormat = keyof typeof SETTERS

export const VARIABLE_FORMATS: readonly VariableFormat[] = ['sh', 'fish', 'powershell', 'dotenv', 'conda', 'python']

/**
 * One line that sets the variable. Throws UserError `client.line-break` for a value of more than one line, and
 * `client.conda-quote` for one that conda cannot keep.
 */
export function renderVariable(format: VariableFormat, name: string, value: string | Secret): string {
  const text = typeof value === 'string' ? value : value.reveal()
  if (/[\r\n\0]/.test(text)) {
    throw new UserError('client.line-break', `The value of ${name} has a line break in it.`, {
      hint: { text: 'Give it on one line, then apply.', command: 'mlflow-setup apply' },
    })
  }
  if (format === 'conda') refuseForConda(name, text)
  return SETTERS[format](name, text)
}

/** What is needed before the first variable. */
export function renderPreamble(format: VariableFormat): readonly string[] {
  return format === 'python' ? ['import os', ''] : []
}

/** On activation conda writes `export NAME='value'` and escapes nothing, and it cuts blanks off (conda/activate.py). */
function refuseForConda(name: string, value: string): void {
  if (!value.includes("'") && value === value.trim()) return
  throw new UserError('client.conda-quote', `conda cannot keep the value of ${name}.`, {
    because: "It has a ' in it, or a blank at an end: activating the environment would fail.",
    hint: {
      text: 'Let the environment run a script instead, whenever it is activated.',
      command:
        'mkdir -p "$CONDA_PREFIX/etc/conda/activate.d" && mlflow-setup client > "$CONDA_PREFIX/etc/conda/activate.d/mlflow.sh"',
    },
  })
}

/** In single quotes, where fish looks at nothing but a backslash before a backslash or a quote. */
function renderFishWord(word: string): string {
  if (/^[A-Za-z0-9_@+=:,./-]+$/.test(word)) return word
  return `'${word.replace(/[\\']/g, '\\$&')}'`
}

/** In single quotes. PowerShell takes the typographic ones (U+2018 to U+201B) for quotes too, so each is doubled. */
function renderPowershellText(text: string): string {
  return `'${text.replace(/['\u2018-\u201B]/g, '$&$&')}'`
}

/** A literal of JSON, whose escapes Python knows too; what is not ASCII is written out, so that no encoding matters. */
function renderPythonText(text: string): string {
  return JSON.stringify(text).replace(/[\u{7F}-\u{10FFFF}]/gu, (letter) => {
    const code = (letter.codePointAt(0) ?? 0).toString(16)
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
  })
}
