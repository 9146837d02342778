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
  /** What the services depend on and the stack does not run itself, or not as a service. */
  readonly parts: readonly PartStatus[]
}

/** A database, a bucket, a certificate, or those who may log in. */
export type PartStatus = DatabaseStatus | BucketStatus | CertificateStatus | UsersStatus

/** How it was found. `because`, a sentence, says what is wrong. */
interface Found {
  readonly healthy: boolean
  readonly because?: string
  /** The command that tells more. */
  readonly command?: string
}

export interface DatabaseStatus extends Found {
  readonly kind: 'database'
  readonly name: string
  /** Absent when nobody answered, as all that follows. */
  readonly version?: string
  readonly bytes?: number
  /** Of the whole server, and how many it takes. */
  readonly connections?: number
  readonly maxConnections?: number
}

export interface BucketStatus extends Found {
  readonly kind: 'bucket'
  /** `s3://bucket/prefix` */
  readonly name: string
  readonly objects?: number
  readonly bytes?: number
  /** Whether there are more than were counted. */
  readonly more?: boolean
}

export interface CertificateStatus extends Found {
  readonly kind: 'certificate'
  /** The path of its file. */
  readonly name: string
  /** ISO 8601 */
  readonly until?: string
}

export interface UsersStatus extends Found {
  readonly kind: 'users'
  readonly names: readonly string[]
}

export type ServiceState = 'running' | 'unhealthy' | 'starting' | 'restarting' | 'stopped' | 'failed'

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
  /** What it may have. */
  readonly memoryLimit?: number
  /** What a container runs from, `postgres:17`. */
  readonly image?: string
  /** Why it does not run or answer, in the words of whoever knows. */
  readonly cause?: string
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
