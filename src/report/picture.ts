// In: the facts of a scenario. Out: a small picture: who talks to whom, and who needs which credentials.
import type { Scenario, StackSpec } from '../stack/spec.ts'
import type { Style } from './style.ts'

/** What the picture shows. Names are as people say them: `SQLite`, `PostgreSQL`, `S3`, `local folder`. */
export interface PictureFacts {
  readonly scenario: Scenario
  /** `http` or `https`; undefined where there is no server. */
  readonly scheme: 'http' | 'https' | undefined
  /** The server listens on this machine only. */
  readonly localOnly: boolean
  /** `nginx`, when something stands before MLflow. */
  readonly proxy: string | undefined
  readonly login: boolean
  readonly backendStore: string
  readonly artifactStore: string
  /** Variables that a client of scenario 4 needs for the store. */
  readonly storeCredentials: readonly string[]
}

export function buildPictureFacts(_spec: StackSpec): PictureFacts {
  throw new Error('not yet')
}

/** `columns` is what a line may take; below 69 the picture becomes a list. */
export function formatPicture(_facts: PictureFacts, _style: Style, _columns?: number): string[] {
  return []
}
