/** Where this program writes, and what the place can show. */
export interface Terminal {
  /** Whether questions can be asked: stdin and stdout are terminals. */
  readonly interactive: boolean
  /** Whether progress lines may be redrawn: the stream that carries them is a terminal that understands it. */
  readonly live: boolean
  readonly colour: boolean
  readonly unicode: boolean
  /** Columns; 80 where nobody knows. */
  readonly columns: number
  /** Rows, where they are known. */
  readonly rows?: number | undefined
  /** Aborted when nobody reads stdout any more, as after `| head`: what only shows something may end then. */
  readonly closed?: AbortSignal
  /** To stdout: what the command was asked for. */
  out(text: string): void
  /** To stderr: everything else. */
  err(text: string): void
}

/** A stream of the process as far as it matters here. */
interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

interface TerminalParts {
  readonly stdin: { readonly isTTY?: boolean }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  /** Called once when nobody reads stdout any more, as after `| head`. Without it the work goes on, unheard. */
  readonly onClosed?: () => void
}

/**
 * The terminal of this process. Text for a stream that cannot show colour loses its escape sequences on the way, so
 * `colour` is true when either stream shows it. A reader that went away (EPIPE, or EIO from a terminal that was closed)
 * silences its stream; any other failure to write, such as a full disk, is thrown.
 */
export function makeTerminal(parts: Partial<TerminalParts> = {}): Terminal {
  const { stdout = process.stdout, stderr = process.stderr } = parts
  const { env = process.env, platform = process.platform } = parts
  const closed = new AbortController()
  const onClosed = () => {
    closed.abort(new Error('nobody reads any more'))
    parts.onClosed?.()
  }
  const out = makeOutput(stdout, showsColour(stdout, env), onClosed)
  const err = makeOutput(stderr, showsColour(stderr, env))
  return {
    get interactive() {
      // Not opened before somebody asks: that takes longer than printing the help.
      const { stdin = process.stdin } = parts
      return stdin.isTTY === true && stdout.isTTY === true
    },
    live: stderr.isTTY === true && env['TERM'] !== 'dumb',
    colour: out.colour || err.colour,
    unicode: speaksUnicode(env, platform),
    get columns() {
      // A pseudo-terminal whose size nobody set has 0 columns.
      return stdout.columns || stderr.columns || 80
    },
    get rows() {
      return stderr.rows || stdout.rows || undefined
    },
    closed: closed.signal,
    out: out.write,
    err: err.write,
  }
}

/** Colours only: a live terminal without colour (NO_COLOR) still needs the movements of the cursor. */
// oxlint-disable-next-line no-control-regex -- the escape sequences of colours are control characters
const COLOURS = /\u001b\[[0-9;]*m/g

function makeOutput(stream: OutputStream, colour: boolean, onClosed?: () => void) {
  let closed = false
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    if (closed) return
    closed = true
    onClosed?.()
  })
  return {
    colour,
    write(text: string): void {
      if (!closed) stream.write(colour ? text : text.replaceAll(COLOURS, ''))
    },
  }
}

/** FORCE_COLOR before NO_COLOR, as Node.js itself and most programs have it; https://no-color.org. */
function showsColour(stream: OutputStream, env: TerminalParts['env']): boolean {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if ((env['NO_COLOR'] ?? '') !== '') return false
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}

/** By the locale, in the order of setlocale(3), where an empty variable counts as unset. No locale is the ASCII one, except on macOS. */
function speaksUnicode(env: TerminalParts['env'], platform: string): boolean {
  if (env['TERM'] === 'dumb') return false
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '')
  return locale === undefined ? platform === 'darwin' : /utf-?8/i.test(locale)
}
