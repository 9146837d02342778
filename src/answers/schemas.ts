// In: what a question takes. Out: the schema for it; messages go on after the value.
import { check, integer, maxValue, minValue, number, pipe, string, toNumber, trim, union } from 'valibot'
import { isAbsolute, resolve } from 'node:path'
import { expandHome } from './expand-home.ts'
import type { Facts } from './question.ts'

/** A number as a file gives it, or its digits as people type them. */
export const wholeNumber = (message: string) =>
  union(
    [
      number(),
      pipe(
        string(),
        trim(),
        check((text) => /^\d+$/.test(text)),
        toNumber(),
      ),
    ],
    message,
  )

/** A port on which a server of ours can listen without root. */
export const ownPort = pipe(
  wholeNumber('is not a port number'),
  integer('is not a port number'),
  minValue(1024, 'is a port for root only; take 1024 to 65535'),
  maxValue(65_535, 'is not a port number; take 1024 to 65535'),
)

/** A port of any server. */
export const anyPort = pipe(
  wholeNumber('is not a port number'),
  integer('is not a port number'),
  minValue(1, 'is not a port number; take 1 to 65535'),
  maxValue(65_535, 'is not a port number; take 1 to 65535'),
)

/** One line of text, without spaces at its ends. */
export const oneLine = (what: string) =>
  pipe(
    string(`is not ${what}`),
    trim(),
    check((value) => value !== '', `is empty; give ${what}`),
    check((value) => !/[\r\n]/.test(value), 'has a line break in it'),
    check((value) => !/\p{Cc}/u.test(value), 'has a control character in it'),
  )

/** One line that `problemOf` has nothing against. */
export const checkedLine = (what: string, problemOf: (value: string) => string | undefined) =>
  pipe(
    oneLine(what),
    check(
      (value) => problemOf(value) === undefined,
      (issue) => problemOf(issue.input) ?? '',
    ),
  )

/** The path of something on this machine, made absolute; `except` are words that are no path. */
export function absolutePath(path: string, { cwd, home }: Facts, ...except: readonly string[]): string {
  if (except.includes(path)) return path
  const expanded = expandHome(path, home)
  // A program or file is found by its very path: what looks like a detour may be a link.
  return isAbsolute(expanded) ? expanded : resolve(cwd, expanded)
}
