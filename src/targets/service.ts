// In: nothing. Out: Service, one process that is kept running, and the groups that start together.
import { bareHost } from '../formats/host-name.ts'
import type { Command } from '../ports/commands.ts'

/** How a service shows that it is ready: it answers 200 at a URL, or takes connections on a Unix socket. */
export type Health =
  | { readonly kind: 'http'; readonly url: string; readonly host?: string; readonly caFile?: string }
  | { readonly kind: 'socket'; readonly path: string }

/** Where it is asked for its health, on this machine: an address or `localhost`; undefined for a Unix socket. */
export function healthHost(health: Health): string | undefined {
  return health.kind === 'http' ? bareHost(new URL(health.url).hostname) : undefined
}

/** One process that is kept running. */
export interface Service {
  /** `mlflow`, `artifacts`, `postgresql`, `nginx`: the name of its log and unit. */
  readonly name: string
  /** The program and its arguments; `env` is empty, because its environment is read from `environmentFile`. */
  readonly command: Command
  /** Absent: it gets nothing but PATH and the like. */
  readonly environmentFile?: string
  /** Variables of the environment file that this service must not get, such as another one's password. */
  readonly withheld: readonly string[]
  readonly workingDirectory: string
  readonly log: string
  readonly health: Health
  /** The TCP port that it listens on; absent: none. */
  readonly port?: number
  /** The system user that it runs as; absent: whoever runs this program, or owns the stack directory. */
  readonly user?: string
  /** Folders that it writes to, besides its log: a sandboxed unit may write nowhere else. */
  readonly writes: readonly string[]
  /** Whether it makes machine code at run time, as PostgreSQL's JIT does, and must be let. */
  readonly makesCode?: true
  /** What it takes its main process to stop: SIGTERM, or what PostgreSQL calls fast (SIGINT) and nginx graceful (SIGQUIT). */
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'
  /** Memory that a unit may use, in bytes; absent: no limit. */
  readonly memoryBytes?: number
  /** How long a start may take before it counts as failed, and a stop before it is killed. */
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
}

/** Services that are started and stopped together. */
export interface RunServicesInput {
  /** `postgresql`, `mlflow`, `nginx`: a stack's groups, in the order in which they start. */
  readonly group: string
  readonly stackName: string
  readonly stackDirectory: string
  readonly supervisor: 'systemd' | 'systemd-user' | 'background'
  readonly services: readonly Service[]
  /** Files whose content the services read at their start: a change of them needs a restart. */
  readonly readsAtStart: readonly string[]
  /** The interpreter that keeps services running in the background, where none of them is a Python program. */
  readonly python: string
  /** Other groups whose services must be up before, for the order at a boot. */
  readonly after: readonly string[]
}
