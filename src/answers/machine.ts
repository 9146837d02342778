// In: nothing. Out: Machine, what was found on this machine before anything is asked.
import type { Program } from './answers.ts'

/** A Python that can carry MLflow. */
export interface FoundPython {
  /** Absolute, without links of version managers: what `sys.executable` says. */
  readonly path: string
  /** `3.11.7` */
  readonly version: string
  /** Whether `python -m venv` can put pip into an environment (Debian splits that into python3-venv). */
  readonly ensurepip: boolean
  readonly pip: boolean
  /** Whether every user of this machine may run it: one in somebody's home is mostly theirs alone. */
  readonly shared: boolean
}

/** A Python that was found and cannot be used, with the reason in words: `3.8.18 is older than 3.10`. */
export interface RejectedPython {
  readonly path: string
  readonly why: string
}

/** The programs of one PostgreSQL: initdb, postgres, psql. */
export interface PostgresPrograms {
  /** Absolute: `/usr/lib/postgresql/15/bin`. */
  readonly directory: string
  readonly major: number
}

/** A PostgreSQL server of this machine, as its socket shows it. */
export interface PostgresSocket {
  /** The absolute directory of the socket. */
  readonly directory: string
  readonly port: number
}

export interface FoundPostgres {
  /** The newest first; those that MLflow works with, 13 and newer. */
  readonly programs: readonly PostgresPrograms[]
  readonly sockets: readonly PostgresSocket[]
}

/** An nginx that can carry a stack: it has every module that our configuration uses. */
export interface FoundNginx {
  /** Absolute. */
  readonly program: string
  /** `1.22.1` */
  readonly version: string
  /** The folder where a site file counts, as the distribution's own nginx reads it; undefined where it has none. */
  readonly siteFolder: string | undefined
  /** Whether the system's own nginx runs, which then has ports 80 and 443. */
  readonly systemRuns: boolean
}

/** A Docker engine of this machine that answers this user. Versions are numbers only: `28.5.2`. */
export interface ReadyEngine {
  readonly kind: 'ready'
  readonly version: string
  /** Of what `docker compose` runs; undefined where that is no command. */
  readonly composeVersion: string | undefined
  /** Of a program `docker-compose`, which is looked for only where `docker compose` is no command: 1.29.2 is the old one. */
  readonly standaloneCompose: string | undefined
  readonly buildxVersion: string | undefined
  /** Whether it runs as an ordinary user. */
  readonly rootless: boolean
  /** Whether every client comes to a container with the same address, which is not theirs. */
  readonly hidesClients: boolean
  /** The lowest port that it can publish. */
  readonly lowestPort: number
  /** Whether it is a snap, which sees the files in home directories only. */
  readonly snap: boolean
  /** Whether it is Docker Desktop, which keeps the engine in a virtual machine. */
  readonly desktop: boolean
  /** Whether a container's memory can be limited: where not, the engine passes over limits in silence. */
  readonly memoryLimits: boolean
  /** Where it keeps images and volumes. */
  readonly rootDirectory: string
  /** Free there; undefined where that is a disk of another system, such as a virtual machine's. */
  readonly freeBytes: number | undefined
}

/** What there is of Docker. */
export type FoundEngine =
  | ReadyEngine
  /** No program `docker`. */
  | { readonly kind: 'none'; readonly podman: boolean }
  /** Nobody answers on the socket. `start` is the command that starts the engine, where one is known. */
  | { readonly kind: 'stopped'; readonly address: string; readonly start: StartCommand | undefined }
  /** This user may not use the socket. */
  | { readonly kind: 'forbidden'; readonly address: string }
  /** What is called docker is Podman, or leads to it. */
  | { readonly kind: 'podman' }
  /** It is reached over the network: `tcp://…`, `ssh://…`. */
  | { readonly kind: 'remote'; readonly address: string }
  /** Anything else; `why` are docker's own words. */
  | { readonly kind: 'failing'; readonly why: string }

export interface StartCommand {
  readonly words: readonly string[]
  /** Whether only root may. */
  readonly root: boolean
}

/** How this system installs packages, for the line that we name or, on consent, run. */
export interface SystemPackages {
  readonly manager: 'apt-get' | 'dnf' | 'yum' | 'zypper' | 'apk' | 'pacman' | 'brew'
  /** `apt-get install -y`, each word an element; the names of packages follow. */
  readonly install: readonly string[]
  /** The packages of each program that the distribution has in a version that will do. */
  readonly packages: Readonly<Partial<Record<Program, readonly string[]>>>
}

/** What is known at once. */
export interface MachineSize {
  /** `Debian 13`, `macOS 15.1`, as people say it. */
  readonly system: string
  readonly cores: number
  /** Available now, within the limits of a container. Bytes. */
  readonly memoryBytes: number
}

export interface Machine extends MachineSize {
  readonly root: boolean
  /** Usable ones, the best first: a released version that MLflow supports, with venv. */
  readonly pythons: readonly FoundPython[]
  readonly rejectedPythons: readonly RejectedPython[]
  /** Absolute path of uv. */
  readonly uv: string | undefined
  readonly systemd: boolean
  /** Whether the user's own systemd answers (`systemctl --user`). */
  readonly systemdUser: boolean
  readonly systemPackages: SystemPackages | undefined
  readonly postgres: FoundPostgres
  readonly nginx: FoundNginx | undefined
  readonly engine: FoundEngine
  /** The first ports from 5000 on where a server could listen on 127.0.0.1. */
  readonly freePorts: readonly number[]
  /** How others on the network reach this machine, a name or an address; undefined where there is no network. */
  readonly networkName: string | undefined
  /** Where an nginx could answer https on all addresses: 443 for root, else the first free one from 8443 on. */
  readonly freeHttpsPort: number
}
