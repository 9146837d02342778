/** A program to run: an argument list, never a shell string. No secret may be in `args`. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** The whole environment of the program; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
}

export interface CommandResult {
  /** The exit status; 127 with `found: false` when there is no such program, 128 + number after a signal. */
  readonly exitCode: number
  readonly found: boolean
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Given to the program on its standard input. */
  readonly input?: string
  /** Each complete line of stdout and stderr as it arrives. */
  readonly onLine?: (line: string) => void
}

export interface Commands {
  /** Never throws for a program that fails: the result says it. Throws the signal's reason when aborted. */
  run(command: Command, options: RunOptions): Promise<CommandResult>
  /** Starts a program that outlives this one, in a session of its own, output appended to `log`. Returns its process id. */
  startDetached(command: Command, options: { log: string }): Promise<number>
  /** Runs with this terminal as its input and output until it ends; returns the exit status. */
  runInTerminal(command: Command): Promise<number>
}
