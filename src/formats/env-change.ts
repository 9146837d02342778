// In: the text of a .env file and new values of some variables. Out: the text with them, all other lines as they were.
import type { Secret } from '../secret.ts'
import { parseMarked, renderMarked } from './content-mark.ts'
import { renderEnvValue } from './env-file.ts'

/**
 * Changes variables that are there, and leaves out those that are not. A file as mlflow-setup wrote it stays one;
 * one that somebody edited stays edited.
 */
export function changeEnvSecrets(text: string, values: Readonly<Record<string, Secret>>): string {
  const { kind, body } = parseMarked(text)
  if (kind === 'pristine') return renderMarked(changeLines(body, values), '#')
  return changeLines(text, values)
}

function changeLines(text: string, values: Readonly<Record<string, Secret>>): string {
  return text.replace(/^([A-Za-z_]\w*)=[^\r\n]*/gm, (line, name: string) => {
    const value = values[name]
    return value === undefined ? line : `${name}=${renderEnvValue(value.reveal())}`
  })
}
