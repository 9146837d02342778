// In: a value. Out: the value as nginx reads it back from its configuration.
import { UserError } from '../errors.ts'

/** The oldest that knows every directive of ours, in the distributions that are still maintained. */
export const OLDEST_NGINX = '1.18.0'

const BARE = /^[A-Za-z0-9_@%+=:,./[\]-]+$/

/**
 * One parameter of a directive: bare where it is harmless, else in double quotes. Throws UserError `nginx.value` for
 * what no parameter can hold: nginx takes `$` for the start of a variable in most places and has no way to escape it.
 */
export function renderNginxValue(value: string): string {
  // oxlint-disable-next-line no-control-regex -- those are what is refused
  if (/[\u0000-\u001f\u007f$]/u.test(value)) {
    throw new UserError('nginx.value', `nginx cannot hold ${JSON.stringify(value)} in its configuration.`, {
      because: 'It takes "$" for the start of a variable, and a line break ends nothing there.',
      hint: { text: 'Choose a directory without such characters with --dir.' },
    })
  }
  if (BARE.test(value)) return value
  return `"${value.replace(/[\\"]/gu, '\\$&')}"`
}

/** A name of ours inside nginx, where variables take letters, digits and `_` only. Stack names have no `_`, so none collide. */
export function renderNginxName(stackName: string): string {
  return `mlflow_${stackName.replaceAll('-', '_')}`
}

/** `1.22.1` from what `nginx -v` writes: `nginx version: nginx/1.22.1 (Ubuntu)`; forks such as openresty count too. */
export function parseNginxVersion(output: string): string | undefined {
  return /nginx version: [\w.-]+\/(\d+\.\d+\.\d+)/u.exec(output)?.[1]
}
