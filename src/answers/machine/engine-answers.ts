// In: what `docker version` and `docker info` print. Out: what they say of the engine, or why it does not answer.
import { array, boolean, nullish, object, optional, parse, string, type InferOutput } from 'valibot'

/** `docker version --format '{{json .}}'`. `Server` is null where nobody answered. */
const versionSchema = object({
  Server: nullish(
    object({
      Components: nullish(
        array(object({ Name: string(), Details: nullish(object({ PortDriver: optional(string()) })) })),
      ),
    }),
  ),
})

/** `docker info --format '{{json .}}'`: the engine's own words, and the plugins of the client. */
const infoSchema = object({
  ServerVersion: string(),
  OperatingSystem: string(),
  KernelVersion: string(),
  DockerRootDir: string(),
  MemoryLimit: boolean(),
  SecurityOptions: nullish(array(string())),
  ClientInfo: optional(object({ Plugins: nullish(array(object({ Name: string(), Version: optional(string()) }))) })),
})

/** What an engine says of itself. */
export interface EngineFacts {
  readonly version: string
  readonly composeVersion: string | undefined
  readonly buildxVersion: string | undefined
  readonly rootless: boolean
  readonly desktop: boolean
  readonly memoryLimits: boolean
  readonly rootDirectory: string
  /** Of the system that it runs on. */
  readonly kernel: string
}

/** Undefined where no engine answered, or something else than docker printed it. */
export function parseEngineInfo(stdout: string): EngineFacts | undefined {
  const info = parseJson(infoSchema, stdout)
  const version = parseNumbers(info?.ServerVersion)
  if (info === undefined || version === undefined) return undefined
  const plugin = (name: string) => info.ClientInfo?.Plugins?.find(({ Name }) => Name === name)?.Version
  return {
    version,
    composeVersion: parseNumbers(plugin('compose')),
    buildxVersion: parseNumbers(plugin('buildx')),
    rootless: info.SecurityOptions?.includes('name=rootless') ?? false,
    desktop: info.OperatingSystem === 'Docker Desktop',
    memoryLimits: info.MemoryLimit,
    rootDirectory: info.DockerRootDir,
    kernel: info.KernelVersion,
  }
}

/** What answers where Docker's client asks. */
export interface ServerFacts {
  readonly podman: boolean
  /** Whether its way of passing connections on gives every client the same address. */
  readonly hidesClients: boolean
}

/** Nothing is said where no engine answered. */
export function parseServer(stdout: string): ServerFacts {
  const components = parseJson(versionSchema, stdout)?.Server?.Components ?? []
  return {
    podman: components.some(({ Name }) => Name === 'Podman Engine'),
    // Of the drivers that an engine without root has (rootlesskit's), only its default one does.
    hidesClients: components.some(({ Details }) => Details?.PortDriver === 'builtin'),
  }
}

/** `2.40.3` of `2.40.3-3`, `v2.27.0` and `2.24.5-desktop.1`. */
export function parseNumbers(version: string | undefined): string | undefined {
  return version === undefined ? undefined : /^v?(\d+(?:\.\d+)+)/u.exec(version.trim())?.[1]
}

/** The words for each state come from Docker's client, versions 20.10 to 29; it has them in English only. */
const STATES = [
  ['forbidden', /permission denied/iu],
  ['stopped', /daemon (?:is )?running|no such file or directory|connection refused/iu],
] as const

/** Which state an error of Docker's client tells; undefined: none that is known. */
export function judgeEngineError(stderr: string): (typeof STATES)[number][0] | undefined {
  return STATES.find(([, words]) => words.test(stderr))?.[0]
}

function parseJson<S extends typeof versionSchema | typeof infoSchema>(
  schema: S,
  text: string,
): InferOutput<S> | undefined {
  try {
    return parse(schema, JSON.parse(text))
  } catch {
    // Not JSON, or another program's.
    return undefined
  }
}
