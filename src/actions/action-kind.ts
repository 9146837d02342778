// In: one action's input and the ports. Out: what differs, or the change made.
import type { Clock } from '../ports/clock.ts'
import type { Commands } from '../ports/commands.ts'
import type { Databases } from '../ports/databases.ts'
import type { Files } from '../ports/files.ts'
import type { Http } from '../ports/http.ts'
import type { ObjectStores } from '../ports/object-stores.ts'
import type { Processes } from '../ports/processes.ts'
import type { PublicRoots } from '../ports/public-roots.ts'
import type { Random } from '../ports/random.ts'
import type { Templates } from '../ports/templates.ts'
import type { Inspection } from '../plan/plan.ts'
import type { Secrets } from '../secret.ts'

/** The world as actions reach it. Each kind takes a `Pick` of it, so that its signature says what it touches. */
export interface ActionPorts {
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
  /** The user's environment: PATH, HOME, proxy and index settings. */
  readonly env: Readonly<Record<string, string>>
  readonly secrets: Secrets
}

/** Says what is happening now, in a few words: `downloading pyarrow`, `87 of 98 packages`. */
export type Progress = (text: string) => void

/** How one kind of change looks at the world and makes it so. */
export interface ActionKindOf<Input> {
  /** Reads, changes nothing. */
  inspect(input: Input, ports: ActionPorts, signal: AbortSignal): Promise<Inspection>
  /** Makes it so; safe to repeat, safe to be killed at any moment. Throws UserError or ExternalError. */
  apply(input: Input, ports: ActionPorts, progress: Progress, signal: AbortSignal): Promise<void>
}
