// In: the text of a .env file and new values of some variables. Out: the text with them, all other lines as they were.
import type { Secret } from '../secret.ts'
import { parseMarked, renderMarked } from './content-mark.ts'

/**
 * Changes variables that are there, and leaves out those that are not. A file as mlflow-setup wrote it stays one;
 * one that somebody edited stays edited. `render` writes a value as the readers of this file take it.
 */
export function changeEnvSecrets(
  text: string,
  values: Readonly<Record<string, Secret>>,
  render: (value: string) => string,
): string {
  const { kind, body } = parseMarked(text)
  if (kind === 'pristine') return renderMarked(changeLines(body, values, render), '#')
  return changeLines(text, values, render)
}

function changeLines(
  text: string,
  values: Readonly<Record<string, Secret>>,
  render: (value: string) => string,
): string {
  return text.replace(/^([A-Za-z_]\w*)=[^\r\n]*/gm, (line, name: string) => {
    const value = values[name]
    return value === undefined ? line : `${name}=${render(value.reveal())}`
  })
}
