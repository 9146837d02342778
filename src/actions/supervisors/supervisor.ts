// In: the services of a stack. Out: Supervisor, whoever starts them, starts them again and keeps what they say.
import type { Service } from '../../targets/service.ts'

export type ServiceStatus =
  | 'running'
  /** It runs, and whoever keeps it found that it does not answer. */
  | 'unhealthy'
  /** Asked for, not there yet. */
  | 'starting'
  /** It ended by itself and waits for its next start. */
  | 'restarting'
  | 'stopped'
  /** It ended by itself and nobody starts it again. */
  | 'failed'

export interface LastExit {
  readonly code: number | undefined
  /** `SIGKILL`; undefined when it ended by itself. */
  readonly signal: string | undefined
  readonly at: Date
}

export interface ServiceState {
  readonly status: ServiceStatus
  /** Its main process. */
  readonly pid: number | undefined
  /** Since when it has this status. */
  readonly since: Date | undefined
  /** How often it was started again since it was started on request. */
  readonly restarts: number
  /** Resident memory of the service and all its descendants. */
  readonly memoryBytes: number
  readonly lastExit: LastExit | undefined
  /** What it may have, in bytes; absent: no limit, or nobody knows. */
  readonly memoryLimit?: number
  /** The image that it runs from. */
  readonly image?: string
  /** Why it does not run or answer, where its keeper knows. */
  readonly cause?: string
}

export interface LogOptions {
  /** How many of the last lines. */
  readonly lines: number
  /** Whether to go on with what comes; ends only by the signal. */
  readonly follow: boolean
  /** `at`: when it was said, where that is known; later ones sort behind earlier ones. */
  readonly onLine: (line: string, at?: string) => void
  readonly signal: AbortSignal
}

/**
 * Keeps all services of one stack running. Every function may throw ExternalError when the system refuses, and the
 * signal's reason when it is aborted.
 */
export interface Supervisor {
  look(service: Service, signal: AbortSignal): Promise<ServiceState>
  /** Starts what does not run, by today's definitions. Returns what the user should know, such as a refused wish. */
  start(signal: AbortSignal): Promise<readonly string[]>
  /** Ends all services, also those that a killed supervisor left behind; fine when nothing runs. */
  stop(signal: AbortSignal): Promise<void>
  /** Stops, and takes away what makes the services come back after a boot. */
  forget(signal: AbortSignal): Promise<void>
  logs(service: Service, options: LogOptions): Promise<void>
  /** Where the log is by now; what `logSince` takes. */
  markLog(service: Service): Promise<string>
  /** What the service has said since then. */
  logSince(service: Service, mark: string, signal: AbortSignal): Promise<string>
  /** How people find the log: a path relative to the stack directory, or a command. */
  logName(service: Service): string
}
