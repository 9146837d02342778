// In: nothing. Out: CommandContext, what a command may touch. `context.ts` makes the real one, tests make their own.
import type { Clock } from '../ports/clock.ts'
import type { Commands } from '../ports/commands.ts'
import type { Databases } from '../ports/databases.ts'
import type { Files } from '../ports/files.ts'
import type { Host } from '../ports/host.ts'
import type { Http } from '../ports/http.ts'
import type { ObjectStores } from '../ports/object-stores.ts'
import type { Processes } from '../ports/processes.ts'
import type { Prompts } from '../ports/prompts.ts'
import type { PublicRoots } from '../ports/public-roots.ts'
import type { Random } from '../ports/random.ts'
import type { Templates } from '../ports/templates.ts'
import type { Terminal } from '../ports/terminal.ts'

export interface CommandContext {
  readonly version: string
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly host: Host
  readonly files: Files
  readonly commands: Commands
  readonly processes: Processes
  readonly http: Http
  readonly databases: Databases
  readonly objectStores: ObjectStores
  readonly publicRoots: PublicRoots
  readonly clock: Clock
  readonly random: Random
  readonly templates: Templates
  readonly prompts: Prompts
  readonly terminal: Terminal
  /** Aborted with a CancelledError by Ctrl-C and by the signals that end a program. */
  readonly signal: AbortSignal
  /** Calls back when the program ends, however it ends; returns what takes that back. */
  onExit(callback: () => void): () => void
}
