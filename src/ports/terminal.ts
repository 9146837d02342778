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
  /** To stdout: what the command was asked for. */
  out(text: string): void
  /** To stderr: everything else. */
  err(text: string): void
}
