// In: the ports. Out: the cores and the memory that this process may really use.
import { dirname, join } from 'node:path'
import type { Files } from '../../ports/files.ts'
import type { Host } from '../../ports/host.ts'

type Ports = { readonly files: Pick<Files, 'readText'>; readonly host: Host }

/** From here on a v1 limit means "none": the kernel writes the largest number of pages there is. */
const NO_LIMIT = 2 ** 60

/** Cores and memory that this process may really use, within the limits of its container. */
export async function inspectLimits(ports: Ports): Promise<{ readonly cores: number; readonly memoryBytes: number }> {
  const groups = parseControlGroups((await read(ports, '/proc/self/cgroup')) ?? '')
  const [available, memory, quotas] = await Promise.all([
    availableOnMachine(ports),
    Promise.all(memoryLevels(groups).map((level) => freeInGroup(ports, level))),
    Promise.all(cpuLevels(groups).map((level) => coresOfGroup(ports, level))),
  ])
  return {
    cores: Math.max(1, Math.min(ports.host.cores, ...quotas.filter((cores) => cores !== undefined))),
    memoryBytes: Math.max(0, Math.min(available, ...memory.filter((bytes) => bytes !== undefined))),
  }
}

interface ControlGroups {
  /** Path within version 2, or undefined. */
  readonly unified: string | undefined
  /** Paths within version 1, by controller. */
  readonly memory: string | undefined
  readonly cpu: string | undefined
}

/** Reads `/proc/self/cgroup`: lines such as `0::/user.slice` (version 2) and `4:memory:/docker/…` (version 1). */
function parseControlGroups(text: string): ControlGroups {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/u.exec(line))
  const pathOf = (controller: string) => lines.find((line) => line?.[1]?.split(',').includes(controller))?.[2]
  return { unified: pathOf(''), memory: pathOf('memory'), cpu: pathOf('cpu') }
}

type Level = { readonly version: 1 | 2; readonly directory: string }

function memoryLevels(groups: ControlGroups): readonly Level[] {
  return [...levels(2, '/sys/fs/cgroup', groups.unified), ...levels(1, '/sys/fs/cgroup/memory', groups.memory)]
}

function cpuLevels(groups: ControlGroups): readonly Level[] {
  return [...levels(2, '/sys/fs/cgroup', groups.unified), ...levels(1, '/sys/fs/cgroup/cpu', groups.cpu)]
}

/** Every level from the group up to the root can limit; in a container the path of the outside does not exist, the root does. */
function levels(version: 1 | 2, root: string, path: string | undefined): readonly Level[] {
  if (path === undefined) return []
  const found: Level[] = []
  for (let at = join('/', path); ; at = dirname(at)) {
    found.push({ version, directory: join(root, at) })
    if (at === '/') return found
  }
}

async function freeInGroup(ports: Ports, { version, directory }: Level): Promise<number | undefined> {
  const [limitFile, usageFile, cacheKey] =
    version === 2
      ? ['memory.max', 'memory.current', 'inactive_file']
      : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file']
  const limit = Number.parseInt((await read(ports, join(directory, limitFile))) ?? '', 10)
  if (Number.isNaN(limit) || limit >= NO_LIMIT) return undefined
  const [usage, stat] = await Promise.all([
    read(ports, join(directory, usageFile)),
    read(ports, join(directory, 'memory.stat')),
  ])
  // File cache is given back when memory gets short, so it counts as free.
  const cache = Number(new RegExp(`^${cacheKey} (\\d+)$`, 'mu').exec(stat ?? '')?.[1] ?? 0)
  return limit - Math.max(0, Number.parseInt(usage ?? '0', 10) - cache)
}

async function coresOfGroup(ports: Ports, { version, directory }: Level): Promise<number | undefined> {
  const text =
    version === 2
      ? await read(ports, join(directory, 'cpu.max'))
      : (
          await Promise.all(['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => read(ports, join(directory, name))))
        ).join(' ')
  const [quota, period] = (text ?? '').split(/\s+/u).map(Number)
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined
  return Math.max(1, Math.ceil(quota / period))
}

async function availableOnMachine(ports: Ports): Promise<number> {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/mu.exec((await read(ports, '/proc/meminfo')) ?? '')?.[1]
  return kilobytes === undefined ? ports.host.freeMemoryBytes : Number(kilobytes) * 1024
}

async function read(ports: Ports, path: string): Promise<string | undefined> {
  try {
    return await ports.files.readText(path)
  } catch {
    // What this user may not read is no limit that we could know.
    return undefined
  }
}
