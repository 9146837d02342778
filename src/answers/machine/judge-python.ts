// In: PythonFacts. Out: those that can carry MLflow, the best first, and why the others cannot.
import type { FoundPython, RejectedPython } from '../machine.ts'

/** What one interpreter says about itself. */
export interface PythonFacts {
  /** `sys.executable` */
  readonly path: string
  /** The interpreter that an active virtual environment was made from; the same as `path` outside of one. */
  readonly base: string
  readonly version: string
  /** `final`, or `alpha`, `beta`, `candidate`. */
  readonly release: string
  /** `cpython`, `pypy`. */
  readonly implementation: string
  readonly is64Bit: boolean
  readonly freeThreaded: boolean
  readonly ensurepip: boolean
  readonly pip: boolean
  readonly venv: boolean
}

/** MLflow says `>=3.10` and no upper limit; pyarrow, which it needs, has wheels up to 3.14 (looked up for 3.17.2, all packages). */
const OLDEST_PYTHON = '3.10'
const NEWEST_PYTHON = '3.14'

/** Its makers ended their support in October 2026, so any other one comes first. */
const OLD_BUT_FINE = '3.10'

/** Negative, zero or positive as `a` is older than, as old as or newer than `b`, by major and minor number. */
function compareMinor(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor - bMajor || aMinor - bMinor
}

/** Why MLflow cannot run on this Python, or undefined when it can. `uv` says whether uv is on the machine: it needs no pip. */
export function whyNotPython(facts: PythonFacts, uv: boolean): string | undefined {
  const name = `Python ${facts.version}`
  if (facts.implementation !== 'cpython')
    return `${facts.implementation} ${facts.version} is not CPython, the only one that MLflow is made for`
  if (compareMinor(facts.version, OLDEST_PYTHON) < 0) return `${name} is older than ${OLDEST_PYTHON}`
  if (compareMinor(facts.version, NEWEST_PYTHON) > 0)
    return `${name} is newer than ${NEWEST_PYTHON}, the newest that MLflow's packages are built for`
  if (facts.release !== 'final') return `${name} is a preview (${facts.release})`
  if (facts.freeThreaded) return `${name} is a free-threaded build, which MLflow's packages are not built for`
  if (!facts.is64Bit) return `${name} is a 32-bit build, which MLflow's packages are not built for`
  if (!facts.venv && !uv) return `${name} has no venv module`
  if (!facts.ensurepip && !facts.pip && !uv) return `${name} has neither pip nor ensurepip`
  return undefined
}

/** Splits what was found into usable Pythons, the best first, and rejected ones. The given order counts among equals. */
export function judgePythons(
  found: readonly PythonFacts[],
  uv: boolean,
): { readonly pythons: readonly Omit<FoundPython, 'shared'>[]; readonly rejected: readonly RejectedPython[] } {
  const judged = found.map((facts) => ({ facts, why: whyNotPython(facts, uv) }))
  const usable = judged.filter(({ why }) => why === undefined).map(({ facts }) => facts)
  return {
    pythons: usable
      .toSorted((a, b) => rank(a) - rank(b))
      .map(({ path, version, ensurepip, pip }) => ({ path, version, ensurepip, pip })),
    rejected: judged.flatMap(({ facts, why }) => (why === undefined ? [] : [{ path: facts.path, why }])),
  }
}

function rank(facts: PythonFacts): number {
  return compareMinor(facts.version, OLD_BUT_FINE) > 0 ? 0 : 1
}
