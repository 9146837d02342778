import { join } from 'node:path'
import { array, literal, object, parse, record, safeParse, string, union } from 'valibot'
import type { InferOutput } from 'valibot'
import { normalisePackageName, parseRequirement } from '../../formats/requirement.ts'
import type { Requirement } from '../../formats/requirement.ts'
import type { Files } from '../../ports/files.ts'

/** What lies in the site-packages of one environment. */
export interface InstalledPackages {
  /** Undefined when there is no environment. */
  readonly sitePackages: string | undefined
  /** Versions by normalised name. */
  readonly versions: ReadonlyMap<string, string>
  /** Names of the `.dist-info` directories. */
  readonly records: readonly string[]
}

/** Reads names and versions from the `.dist-info` directories, without starting a Python. */
export async function readInstalled(files: Pick<Files, 'list'>, venv: string): Promise<InstalledPackages> {
  const python = (await files.list(join(venv, 'lib'))).find((name) => /^python3\.\d+t?$/u.test(name))
  if (python === undefined) return { sitePackages: undefined, versions: new Map(), records: [] }
  const sitePackages = join(venv, 'lib', python, 'site-packages')
  const records = (await files.list(sitePackages)).filter((name) => name.endsWith('.dist-info'))
  const versions = new Map<string, string>()
  for (const record of records) {
    const [name, version] = record.slice(0, -'.dist-info'.length).split('-')
    if (name !== undefined && version !== undefined) versions.set(normalisePackageName(name), version)
  }
  return { sitePackages, versions, records }
}

/** In the environment: written before the installation begins and again when it is complete. */
const MARK = '.mlflow-setup-packages.json'

const markSchema = object({
  state: union([literal('installing'), literal('complete')]),
  requirements: array(string()),
  /** What the installer put there, by normalised name. */
  packages: record(string(), string()),
})

export type InstallMark = InferOutput<typeof markSchema>

/** How far the last installation came; undefined when there was none. One that cannot be read counts as killed half way. */
export async function readMark(files: Pick<Files, 'readText'>, venv: string): Promise<InstallMark | undefined> {
  const text = await files.readText(join(venv, MARK))
  if (text === undefined) return undefined
  const killed: InstallMark = { state: 'installing', requirements: [], packages: {} }
  try {
    const parsed = safeParse(markSchema, JSON.parse(text))
    return parsed.success ? parsed.output : killed
  } catch {
    return killed
  }
}

export async function writeMark(files: Pick<Files, 'writeText'>, venv: string, mark: InstallMark): Promise<void> {
  await files.writeText(join(venv, MARK), `${JSON.stringify(parse(markSchema, mark), null, 2)}\n`, { mode: 0o644 })
}

/** What differs between wanted and installed, in words, one entry per package: `mlflow 3.16.0 → 3.17.2`, `uvloop missing`. */
export function comparePackages(
  requirements: readonly string[],
  installed: ReadonlyMap<string, string>,
  mark: InstallMark | undefined,
): readonly string[] {
  const known = mark?.state === 'complete' ? mark : undefined
  const wanted = requirements.map(parseRequirement)
  const direct = wanted.flatMap((requirement) => compareOne(requirement, installed, known?.requirements ?? []))
  const named = new Set(wanted.map(({ name }) => name))
  const lost = Object.keys(known?.packages ?? {}).filter((name) => !named.has(name) && !installed.has(name))
  return [...direct, ...lost.map((name) => `${name} missing`)]
}

function compareOne(
  requirement: Requirement,
  installed: ReadonlyMap<string, string>,
  done: readonly string[],
): readonly string[] {
  const { name, exact, simple, line } = requirement
  const version = installed.get(name)
  // Extras, ranges and conditions are the installer's to judge: what it has judged once need not be judged again.
  if (!simple) return done.includes(line) ? [] : [`${line} not installed`]
  if (version === undefined) return [`${name} missing`]
  if (exact !== undefined && trimZeros(version) !== trimZeros(exact)) return [`${name} ${version} → ${exact}`]
  return []
}

/** `3.17` and `3.17.0` are the same version (PEP 440). */
function trimZeros(version: string): string {
  return version.replace(/(?:\.0)+$/u, '')
}
