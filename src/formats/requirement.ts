/** One line that says which package is wanted: `mlflow==3.17.2`, `mlflow[auth]>=3`, `uvloop`. */
export interface Requirement {
  readonly line: string
  /** Normalised as PEP 503 says: lower case, one dash for each run of `-`, `_` and `.`. */
  readonly name: string
  /** Set when exactly one version will do. */
  readonly exact: string | undefined
  /** Whether having the package, in the exact version if one is named, is all that the line asks for. */
  readonly simple: boolean
}

/** The name under which package indexes and installers compare packages. */
export function normalisePackageName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/gu, '-')
}

/** Reads the parts of a requirement line that tell whether it is fulfilled. */
export function parseRequirement(line: string): Requirement {
  const found = /^\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*?)\s*$/u.exec(line)
  const rest = found?.[3] ?? ''
  const exact = /^==\s*([^\s,;*]+)$/u.exec(rest)?.[1]
  return {
    line,
    name: normalisePackageName(found?.[1] ?? line),
    exact,
    simple: found?.[2] === undefined && (rest === '' || exact !== undefined),
  }
}
