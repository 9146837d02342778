// In: a variable. Out: the line that sets it, in the words of a shell, of a file or of Python. All of them begin a comment with `#`.
import { UserError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { renderEnvValue } from './env-file.ts'
import { renderFishWord } from './fish-words.ts'
import { renderPowershellText } from './powershell-words.ts'
import { renderPythonText } from './python-text.ts'
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
