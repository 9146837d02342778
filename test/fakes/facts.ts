import type { Machine, ReadyEngine } from '../../src/answers/machine.ts'
import type { Facts } from '../../src/answers/question.ts'

/** The engine of a machine that has everything for a stack of containers. */
export const READY_ENGINE: ReadyEngine = {
  kind: 'ready',
  version: '28.5.2',
  composeVersion: '2.40.3',
  standaloneCompose: undefined,
  buildxVersion: '0.29.1',
  rootless: false,
  hidesClients: false,
  lowestPort: 1,
  snap: false,
  desktop: false,
  memoryLimits: true,
  rootDirectory: '/var/lib/docker',
  freeBytes: 40e9,
}

/** A small Linux server on which everything is there but systemd. */
function fakeMachine(changes: Partial<Machine> = {}): Machine {
  return {
    system: 'Debian 13',
    root: false,
    cores: 2,
    memoryBytes: 4e9,
    pythons: [{ path: '/usr/bin/python3', version: '3.13.5', ensurepip: true, pip: true, shared: true }],
    rejectedPythons: [],
    uv: undefined,
    systemd: false,
    systemdUser: false,
    systemPackages: {
      manager: 'apt-get',
      install: ['apt-get', 'install', '-y'],
      packages: { python: ['python3-venv'], postgresql: ['postgresql'], nginx: ['nginx'] },
    },
    postgres: { programs: [], sockets: [] },
    nginx: undefined,
    engine: { kind: 'none', podman: false },
    freePorts: [5000, 5001, 5002],
    networkName: undefined,
    freeHttpsPort: 8443,
    ...changes,
  }
}

const NOTHING_KNOWN = {
  given: {},
  installable: [],
  secrets: [],
  aws: { region: undefined, profile: undefined, endpoint: undefined },
} as const

/** A server with PostgreSQL and nginx, on which root sets a stack up for a team. */
export const TEAM_MACHINE: Partial<Machine> = {
  root: true,
  systemd: true,
  postgres: { programs: [{ directory: '/usr/lib/postgresql/15/bin', major: 15 }], sockets: [] },
  nginx: { program: '/usr/sbin/nginx', version: '1.22.1', siteFolder: '/etc/nginx/sites-available', systemRuns: false },
  networkName: 'ml.example',
  freeHttpsPort: 443,
}

export function fakeFacts(machine: Partial<Machine> = {}, others: Partial<Omit<Facts, 'machine'>> = {}): Facts {
  return { machine: fakeMachine(machine), home: '/home/ada', cwd: '/home/ada/work', ...NOTHING_KNOWN, ...others }
}
