// In: Machine. Out: numbers that suit it.
import type { Machine } from './machine.ts'

const GIB = 2 ** 30

/** The first free port that no other answer has taken already. */
export function freePortBesides({ freePorts }: Machine, taken: readonly (number | undefined)[]): number {
  return freePorts.find((port) => !taken.includes(port)) ?? 5000
}

/**
 * Worker processes beside a database server: one a core, 2 to 8, as far as memory goes: 0.5 GiB each over 0.5 GiB for the
 * first, and 0.5 GiB for the rest of the machine (PERFORMANCE.md section 4).
 */
export function workersFor({ cores, memoryBytes }: Machine): number {
  const affordable = Math.floor((memoryBytes - GIB) / (0.5 * GIB))
  return Math.max(1, Math.min(8, Math.max(2, cores), affordable))
}
