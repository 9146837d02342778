import { expect, test } from 'vitest'
import { inspectLimits } from '../../../src/answers/machine/limits.ts'
import {
  chooseSystemPackages,
  formatSystem,
  installablePrograms,
  installCommand,
  parseOsRelease,
} from '../../../src/answers/machine/system-packages.ts'

const GIB = 2 ** 30
const host = {
  platform: 'linux',
  release: '6.1.0',
  uid: 1000,
  cores: 8,
  totalMemoryBytes: 16 * GIB,
  freeMemoryBytes: GIB,
  home: '/home/u',
  network: () => ({ hostname: 'box', addresses: [] }),
}
const memory = `MemTotal: ${16 * 2 ** 20} kB\nMemAvailable:   ${8 * 2 ** 20} kB\n`
const limits = (texts: Record<string, string>) =>
  inspectLimits({ host, files: { readText: (path) => Promise.resolve(texts[path]) } })

test('without a limit, what the machine has available counts', async () => {
  const texts = {
    '/proc/meminfo': memory,
    '/proc/self/cgroup': '0::/user.slice\n',
    '/sys/fs/cgroup/user.slice/memory.max': 'max\n',
  }
  expect(await limits(texts)).toEqual({ cores: 8, memoryBytes: 8 * GIB })
  expect(await limits({})).toEqual({ cores: 8, memoryBytes: GIB })
})

test('the limit of any level of version 2 counts, file cache is free', async () => {
  const texts = {
    '/proc/meminfo': memory,
    '/proc/self/cgroup': '0::/a/b\n',
    '/sys/fs/cgroup/a/b/memory.max': 'max',
    '/sys/fs/cgroup/a/memory.max': String(2 * GIB),
    '/sys/fs/cgroup/a/memory.current': String(1.5 * GIB),
    '/sys/fs/cgroup/a/memory.stat': `anon 1\ninactive_file ${GIB}\n`,
    '/sys/fs/cgroup/a/b/cpu.max': '150000 100000',
  }
  expect(await limits(texts)).toEqual({ cores: 2, memoryBytes: 1.5 * GIB })
})

test('limits of version 1, in a container that sees only its own root', async () => {
  const texts = {
    '/proc/meminfo': memory,
    '/proc/self/cgroup': '5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': String(GIB),
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': String(GIB / 4),
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
  }
  expect(await limits(texts)).toEqual({ cores: 8, memoryBytes: 0.75 * GIB })
  const unlimited = { ...texts, '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712' }
  expect(await limits(unlimited)).toEqual({ cores: 8, memoryBytes: 8 * GIB })
})

test.each([
  [
    'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"',
    'Debian 12',
    'apt-get install -y --no-install-recommends python3 python3-venv',
  ],
  ['NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="11"', 'Debian 11', undefined],
  [
    'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"',
    'Ubuntu 24.04',
    'apt-get install -y --no-install-recommends python3 python3-venv',
  ],
  [
    'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"',
    'Rocky 9.4',
    'dnf install -y python3.11 python3.11-pip',
  ],
  ['NAME="Fedora Linux"\nID=fedora\nVERSION_ID=42', 'Fedora 42', 'dnf install -y python3 python3-pip'],
  [
    'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"',
    'openSUSE Leap 15.6',
    'zypper --non-interactive install python311 python311-pip',
  ],
  ['NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1', 'Alpine 3.22.1', 'apk add --no-cache python3 py3-pip'],
  ['NAME="Arch Linux"\nID=arch', 'Arch', 'pacman -S --noconfirm --needed python python-pip'],
  ['NAME=NixOS\nID=nixos\nVERSION_ID="25.05"', 'NixOS 25.05', undefined],
])('%s', (text, name, line) => {
  const release = parseOsRelease(text)
  expect(formatSystem(release)).toBe(name)
  const found = chooseSystemPackages(release, { dnf: true, brew: false })
  const python = found?.packages.python === undefined ? undefined : installCommand(found, ['python']).join(' ')
  expect(python).toBe(line)
})

test('PostgreSQL and nginx are installed with one command, and only in versions that will do', () => {
  const on = (text: string) => chooseSystemPackages(parseOsRelease(text), { dnf: true, brew: false })
  const debian = on('ID=debian\nVERSION_ID="11"')
  expect(installablePrograms(debian)).toEqual(['postgresql', 'nginx'])
  expect(debian && installCommand(debian, ['postgresql', 'nginx']).join(' ')).toBe(
    'apt-get install -y --no-install-recommends postgresql nginx',
  )
  expect(installablePrograms(on('ID=rocky\nID_LIKE="rhel"\nVERSION_ID="8.10"'))).toEqual(['python', 'nginx'])
  expect(installablePrograms(on('ID=nixos'))).toEqual([])
})

test.each([
  ['ID=debian\nVERSION_ID="13"', 'docker.io docker-cli docker-compose docker-buildx ca-certificates'],
  ['ID=debian\nVERSION_ID="12"', undefined],
  ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"', 'docker.io docker-compose-v2 docker-buildx ca-certificates'],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22.1"', undefined],
  ['ID=fedora\nVERSION_ID=42', 'moby-engine docker-cli docker-compose docker-buildx'],
  ['ID=rocky\nID_LIKE="rhel"\nVERSION_ID="9.4"', undefined],
  ['ID=arch', 'docker docker-compose docker-buildx'],
])('Docker with Compose 2 on %s', (text, names) => {
  const found = chooseSystemPackages(parseOsRelease(text), { dnf: true, brew: false })
  expect(found?.packages.docker?.join(' ')).toBe(names)
})
