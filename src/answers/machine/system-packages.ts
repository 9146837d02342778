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
 * The command that gives this system a usable Python; undefined where its distribution has none that is new enough
 * (Debian 11, Ubuntu 20.04) or is not known. `managers` are the package managers that are there.
 */
export function chooseSystemPackages(
  release: OsRelease,
  managers: { readonly dnf: boolean; readonly brew: boolean },
): SystemPackages | undefined {
  switch (familyOf(release)) {
    case 'debian':
      return hasOldDebianPython(release)
        ? undefined
        : {
            manager: 'apt-get',
            installPython: ['apt-get', 'install', '-y', '--no-install-recommends', 'python3', 'python3-venv'],
          }
    case 'redhat':
      return redHat(release, managers.dnf ? 'dnf' : 'yum')
    case 'suse': {
      // Leap 15 and SLES 15 keep Python 3.6 as python3 and have newer ones beside it.
      const name = release.version.startsWith('15') ? 'python311' : 'python313'
      return { manager: 'zypper', installPython: ['zypper', '--non-interactive', 'install', name, `${name}-pip`] }
    }
    case 'alpine':
      return { manager: 'apk', installPython: ['apk', 'add', '--no-cache', 'python3', 'py3-pip'] }
    case 'arch':
      return { manager: 'pacman', installPython: ['pacman', '-S', '--noconfirm', '--needed', 'python', 'python-pip'] }
    default:
      return managers.brew ? { manager: 'brew', installPython: ['brew', 'install', 'python@3.13'] } : undefined
  }
}

/** Debian 12 is the first with a Python of 3.10 or newer, Ubuntu 22.04 likewise. Derivatives count by their own numbers: unknown. */
function hasOldDebianPython(release: OsRelease): boolean {
  const version = Number.parseFloat(release.version)
  return (release.id === 'debian' && version < 12) || (release.id === 'ubuntu' && version < 22)
}

/** Fedora and RHEL 10 have a new python3; RHEL 8 and 9 and Amazon Linux 2023 keep 3.11 beside an older one. */
function redHat(release: OsRelease, manager: 'dnf' | 'yum'): SystemPackages | undefined {
  const version = Number.parseInt(release.version, 10)
  if (version < 8) return undefined
  const name = release.id === 'fedora' || version === 10 ? 'python3' : 'python3.11'
  return { manager, installPython: [manager, 'install', '-y', name, `${name}-pip`] }
}
