// In: /etc/os-release. Out: SystemPackages, how this distribution installs what a stack needs.
import type { Program } from '../answers.ts'
import type { SystemPackages } from '../machine.ts'

/** What `/etc/os-release` says. */
export interface OsRelease {
  /** `debian`, `ubuntu`, `fedora` */
  readonly id: string
  /** Its relatives: `debian` for Ubuntu. */
  readonly like: readonly string[]
  /** `12`, `24.04`; empty for rolling ones. */
  readonly version: string
  readonly name: string
}

/** Reads the `NAME=value` lines of `/etc/os-release`, quoted or not. */
export function parseOsRelease(text: string): OsRelease {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const found = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/u.exec(line.trim())
    if (found?.[1] !== undefined) fields.set(found[1], found[2] ?? found[3] ?? found[4] ?? '')
  }
  return {
    id: fields.get('ID') ?? 'linux',
    like: (fields.get('ID_LIKE') ?? '').split(' ').filter((word) => word !== ''),
    version: fields.get('VERSION_ID') ?? '',
    name: fields.get('NAME') ?? 'Linux',
  }
}

/** `Debian 12`: the name as people say it. */
export function formatSystem(release: OsRelease): string {
  const name = release.name.replace(/ (GNU\/Linux|Linux)$/u, '')
  return release.version === '' ? name : `${name} ${release.version}`
}

type Family = 'debian' | 'redhat' | 'suse' | 'alpine' | 'arch' | undefined

const FAMILIES: readonly (readonly [string, Family])[] = [
  ['debian', 'debian'],
  ['ubuntu', 'debian'],
  ['fedora', 'redhat'],
  ['rhel', 'redhat'],
  ['centos', 'redhat'],
  ['amzn', 'redhat'],
  ['suse', 'suse'],
  ['opensuse', 'suse'],
  ['sles', 'suse'],
  ['alpine', 'alpine'],
  ['arch', 'arch'],
]

function familyOf(release: OsRelease): Family {
  const names = [release.id, ...release.like]
  return names.flatMap((name) => FAMILIES.filter(([id]) => name === id || name.startsWith(`${id}-`)))[0]?.[1]
}

/**
 * How this system installs programs, and under which names; undefined where the distribution is not known. A program that
 * it has only in a version that is too old is left out. `managers` are the package managers that are there.
 */
export function chooseSystemPackages(
  release: OsRelease,
  managers: { readonly dnf: boolean; readonly brew: boolean },
): SystemPackages | undefined {
  switch (familyOf(release)) {
    case 'debian':
      return debian(release)
    case 'redhat':
      return redHat(release, managers.dnf ? 'dnf' : 'yum')
    case 'suse': {
      // Leap 15 and SLES 15 keep Python 3.6 as python3 and have newer ones beside it.
      const name = release.version.startsWith('15') ? 'python311' : 'python313'
      const packages = { python: [name, `${name}-pip`], postgresql: ['postgresql-server'], nginx: ['nginx'] }
      return { manager: 'zypper', install: ['zypper', '--non-interactive', 'install'], packages }
    }
    case 'alpine': {
      const packages = { python: ['python3', 'py3-pip'], postgresql: ['postgresql'], nginx: ['nginx'] }
      return { manager: 'apk', install: ['apk', 'add', '--no-cache'], packages }
    }
    case 'arch': {
      const docker = ['docker', 'docker-compose', 'docker-buildx']
      const packages = { python: ['python', 'python-pip'], postgresql: ['postgresql'], nginx: ['nginx'], docker }
      return { manager: 'pacman', install: ['pacman', '-S', '--noconfirm', '--needed'], packages }
    }
    default: {
      const packages = { python: ['python@3.13'], postgresql: ['postgresql@17'], nginx: ['nginx'] }
      return managers.brew ? { manager: 'brew', install: ['brew', 'install'], packages } : undefined
    }
  }
}

/** The programs that the package manager can put on this machine. */
export function installablePrograms(systemPackages: SystemPackages | undefined): readonly Program[] {
  const programs = ['python', 'postgresql', 'nginx', 'docker'] as const
  return programs.filter((program) => systemPackages?.packages[program] !== undefined)
}

/** One command for all of these programs: `apt-get install -y postgresql nginx`, each word an element. */
export function installCommand({ install, packages }: SystemPackages, programs: readonly Program[]): readonly string[] {
  return [...install, ...programs.flatMap((program) => packages[program] ?? [])]
}

/** Debian 12 is the first with a Python of 3.10 or newer, Ubuntu 22.04 likewise. Derivatives count by their own numbers: unknown. */
function debian(release: OsRelease): SystemPackages {
  const version = Number.parseFloat(release.version)
  const old = (release.id === 'debian' && version < 12) || (release.id === 'ubuntu' && version < 22)
  const python = old ? {} : { python: ['python3', 'python3-venv'] }
  return {
    manager: 'apt-get',
    install: ['apt-get', 'install', '-y', '--no-install-recommends'],
    packages: { ...python, postgresql: ['postgresql'], nginx: ['nginx'], ...debianDocker(release.id, version) },
  }
}

/** Debian 12 has engine 20.10 and the old Compose. Pulling takes the roots, which come with neither of the others. */
function debianDocker(id: string, version: number): { readonly docker?: readonly string[] } {
  const both = ['docker-buildx', 'ca-certificates']
  if (id === 'debian' && version >= 13) return { docker: ['docker.io', 'docker-cli', 'docker-compose', ...both] }
  // Its updates bring engine 29 and Compose 2.40 to 22.04, too; the client is in docker.io.
  return id === 'ubuntu' && version >= 22 ? { docker: ['docker.io', 'docker-compose-v2', ...both] } : {}
}

/** Fedora and RHEL 10 have a new python3; RHEL 8 and 9 and Amazon Linux 2023 keep 3.11 beside an older one. */
function redHat(release: OsRelease, manager: 'dnf' | 'yum'): SystemPackages | undefined {
  const version = Number.parseInt(release.version, 10)
  if (version < 8) return undefined
  const name = release.id === 'fedora' || version === 10 ? 'python3' : 'python3.11'
  // RHEL 8 has PostgreSQL 10 and Amazon Linux gives each version a package of its own.
  const postgresql = release.id === 'amzn' ? ['postgresql15-server'] : ['postgresql-server']
  // RHEL has Podman only. Fedora has the engine of the Moby project since it was called that, and Compose 2 since 41.
  const engine = ['moby-engine', 'docker-cli', 'docker-compose', 'docker-buildx']
  const docker = release.id === 'fedora' && version >= 41 ? { docker: engine } : {}
  const database = version === 8 ? {} : { postgresql }
  return {
    manager,
    install: [manager, 'install', '-y'],
    packages: { python: [name, `${name}-pip`], ...database, nginx: ['nginx'], ...docker },
  }
}
