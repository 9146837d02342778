// In: nothing. Out: FileWay, how a client gets the files of its run to the store and back.
import type { RestTrip } from './rest-step.ts'

export interface ProofFile {
  /** Below the artifacts of the run. */
  readonly path: string
  readonly bytes: Uint8Array
}

export interface FileWay {
  upload(file: ProofFile): Promise<void>
  download(file: ProofFile): Promise<Uint8Array>
  /** Ends what it opened. */
  close(): void
  /** A few words after the size: `up, listed, down`. */
  readonly detail: string
}

/** Opens a way for one proof; what lands in the store is taken away again by an undo that it registers. */
export type OpenFileWay = (trip: RestTrip) => Promise<FileWay>
