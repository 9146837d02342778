// In: nothing. Out: StatusReport, how a stack is doing, as data for text and JSON.
import type { Scenario, TargetName } from '../stack/spec.ts'

export interface StatusReport {
  readonly name: string
  readonly directory: string
  readonly scenario: Scenario
  readonly target: TargetName
  /** Undefined in scenarios 1 and 2. */
  readonly address: string | undefined
  readonly healthy: boolean
  /** When it is not: why, in a sentence; and the next command. */
  readonly because?: string
  readonly command?: string
  readonly services: readonly ServiceStatus[]
}

export type ServiceState = 'running' | 'starting' | 'restarting' | 'stopped' | 'failed'

export interface ServiceStatus {
  readonly name: string
  readonly state: ServiceState
  /** Since when it is in that state, in ISO 8601; undefined where nobody knows. */
  readonly since: string | undefined
  readonly pid?: number
  readonly port?: number
  readonly workers?: number
  readonly version?: string
  /** Resident memory of the service and all its processes. */
  readonly memoryBytes?: number
  /** How long the health check took. */
  readonly latencyMs?: number
  /** How often the supervisor has started it again since the user did. */
  readonly restarts?: number
  readonly lastExit?: LastExit
}

export interface LastExit {
  /** `code 1`, `SIGKILL`. */
  readonly how: string
  /** ISO 8601 */
  readonly at: string
}
