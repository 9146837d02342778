// In: the main process of a container. Out: the memory that its control group counts, as `docker stats` tells it.
import { UserError } from '../../errors.ts'
import type { ActionPorts } from '../action-kind.ts'

const ROOT = '/sys/fs/cgroup'

interface Counters {
  readonly used: string
  readonly statistics: string
  /** The page cache that the kernel gives back first. */
  readonly spare: RegExp
}

/**
 * Bytes; undefined where the group is not to be seen from here, as that of an engine in a virtual machine. What several
 * processes share counts once, so that it can be held against the container's limit.
 */
export async function readMemory(pid: number, files: ActionPorts['files']): Promise<number | undefined> {
  try {
    const groups = (await files.readText(`/proc/${pid}/cgroup`)) ?? ''
    for (const { used, statistics, spare } of countersIn(groups)) {
      const bytes = Number.parseInt((await files.readText(used)) ?? '', 10)
      if (Number.isNaN(bytes)) continue
      const [, inactive = '0'] = spare.exec((await files.readText(statistics)) ?? '') ?? []
      return Math.max(0, bytes - Number(inactive))
    }
    return undefined
  } catch (error) {
    // Not for this user to read.
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** `0::/system.slice/docker-….scope` of version 2, and `4:memory:/docker/…` of version 1. */
function countersIn(groups: string): readonly Counters[] {
  const [, second] = /^0::(.+)$/mu.exec(groups) ?? []
  const [, first] = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.+)$/mu.exec(groups) ?? []
  return [
    ...(second === undefined
      ? []
      : [
          {
            used: `${ROOT}${second}/memory.current`,
            statistics: `${ROOT}${second}/memory.stat`,
            spare: /^inactive_file (\d+)$/mu,
          },
        ]),
    ...(first === undefined
      ? []
      : [
          {
            used: `${ROOT}/memory${first}/memory.usage_in_bytes`,
            statistics: `${ROOT}/memory${first}/memory.stat`,
            spare: /^total_inactive_file (\d+)$/mu,
          },
        ]),
  ]
}
