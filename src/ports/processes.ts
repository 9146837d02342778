export interface ProcessFacts {
  readonly pid: number
  /** The argument list as the kernel keeps it, joined by single spaces. */
  readonly commandLine: string
  /** Identifies this process together with its pid, also after the pid was given to another one. */
  readonly startedAt: string
  /** Resident memory in bytes. */
  readonly residentBytes: number
}

export interface Listener {
  readonly port: number
  /** Undefined when this user may not see whose it is. */
  readonly process: { readonly pid: number; readonly name: string } | undefined
}

/** The processes and ports of this machine. */
export interface Processes {
  readonly ownPid: number
  /** Undefined when there is no such process. */
  look(pid: number): Promise<ProcessFacts | undefined>
  /** The process and all its descendants. */
  tree(pid: number): Promise<ProcessFacts[]>
  /** False when there is no such process any more. */
  signal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): boolean
  /** Whether a server could listen there now. */
  canListen(host: string, port: number): Promise<boolean>
  /** Who listens on the TCP port, or undefined when nobody does. */
  listener(port: number): Promise<Listener | undefined>
}
