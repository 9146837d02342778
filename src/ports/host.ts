import { availableParallelism, freemem, homedir, hostname, networkInterfaces, release, totalmem } from 'node:os'

/** What the running program knows about its machine without asking anybody. */
export interface Host {
  /** `linux`, `darwin`, as Node names it. */
  readonly platform: string
  /** Of the kernel. */
  readonly release: string
  /** 0 is root; undefined where users have no numbers. */
  readonly uid: number | undefined
  readonly cores: number
  readonly totalMemoryBytes: number
  readonly freeMemoryBytes: number
  /** Undefined where nobody says it. */
  readonly home: string | undefined
  /** How the machine is called, and its IPv4 addresses beyond itself. */
  network(): { readonly hostname: string; readonly addresses: readonly string[] }
}

/** Reads what Node knows about the machine. HOME counts first, then the list of users. */
export function readHost(env: Readonly<Record<string, string>>): Host {
  return {
    platform: process.platform,
    release: release(),
    uid: process.getuid?.(),
    cores: availableParallelism(),
    totalMemoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    home: env['HOME'] ?? homeFromAccount(),
    network: readNetwork,
  }
}

function readNetwork(): ReturnType<Host['network']> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outward = all.filter(({ family, internal }) => family === 'IPv4' && !internal)
  return { hostname: hostname(), addresses: outward.map(({ address }) => address) }
}

function homeFromAccount(): string | undefined {
  try {
    return homedir()
  } catch {
    // A user id without an entry in the list of users, as containers give it.
    return undefined
  }
}
