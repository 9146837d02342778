export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  /** Permission bits, such as 0o600. */
  readonly mode: number
  /** Bytes. */
  readonly size: number
  readonly modified: Date
  readonly uid: number
}

/** The file system. Paths are absolute. Failures of the system (ENOSPC, EACCES, EROFS …) are thrown as UserError or ExternalError that name the path. */
export interface Files {
  /** The text, or undefined where there is no such file. */
  readText(path: string): Promise<string | undefined>
  /** Bytes from `offset` to the end, as text; the empty string where there is no such file. */
  readTextFrom(path: string, offset: number): Promise<string>
  /** Writes all or nothing: a reader sees the old or the new file, never a part. */
  writeText(path: string, text: string, options: { mode: number }): Promise<void>
  /** Appends one line and flushes it to the disk. */
  appendLine(path: string, line: string, options: { mode: number }): Promise<void>
  /** Creates the file with this text in one step; false when it is already there. */
  createExclusively(path: string, text: string, options: { mode: number }): Promise<boolean>
  /** Follows links; undefined where there is nothing. */
  stat(path: string): Promise<FileStat | undefined>
  /** Names in the directory, sorted; empty where there is none. */
  list(path: string): Promise<string[]>
  /** With its parents; `mode` counts for those that are new. */
  makeDirectory(path: string, options: { mode: number }): Promise<void>
  changeMode(path: string, mode: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  copy(from: string, to: string): Promise<void>
  /** A file, link or whole directory; fine when it is not there. */
  remove(path: string): Promise<void>
  /** Bytes free for this user on the disk of the path or of its nearest existing parent. */
  freeBytes(path: string): Promise<number>
  /** Whether this user may create files in the path or in its nearest existing parent. */
  writable(path: string): Promise<boolean>
  /** The path without links, or undefined where there is nothing. */
  realPath(path: string): Promise<string | undefined>
}
