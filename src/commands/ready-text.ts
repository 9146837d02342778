// In: the arguments and the width of the terminal. Out: what needs no command: the version, and the help that the build rendered.

/** Both set by the build. */
declare const MLFLOW_SETUP_VERSION: string | undefined
declare const MLFLOW_SETUP_HELP: string | undefined

export const VERSION = typeof MLFLOW_SETUP_VERSION === 'undefined' ? '0.0.0' : MLFLOW_SETUP_VERSION

/** Columns: wider lines of help are hard to read. Narrower terminals get one of their own from the command line parser. */
export const HELP_WIDTH = 80

/** Undefined where the command line must be parsed. The parser takes half of the time of a start, for a text that never changes. */
export function readyText(args: readonly string[], columns: number): string | undefined {
  const [only, ...more] = args
  if (more.length > 0) return undefined
  if (only === '--version' || only === '-V') return `${VERSION}\n`
  if (only !== '--help' && only !== '-h') return undefined
  return columns < HELP_WIDTH || typeof MLFLOW_SETUP_HELP === 'undefined' ? undefined : MLFLOW_SETUP_HELP
}
