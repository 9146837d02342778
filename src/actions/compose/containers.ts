// In: the name of a Compose project. Out: its containers, as the engine knows them.
import { array, boolean, looseObject, nullish, number, parse, record, string } from 'valibot'
import { ExternalError } from '../../errors.ts'
import type { ActionPorts } from '../action-kind.ts'
import { engineCommand, failureOf } from './engine-commands.ts'

export interface Container {
  readonly id: string
  /** Its service in the Compose file. */
  readonly service: string
  /** `created`, `running`, `restarting`, `exited`, `paused`, `dead`. */
  readonly status: string
  /** What its health check says; undefined where it has none. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | undefined
  /** The last thing that its health check printed; empty where it printed nothing. */
  readonly healthOutput: string
  /** Its main process on this machine; 0: none. */
  readonly pid: number
  readonly exitCode: number
  readonly outOfMemory: boolean
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly restarts: number
  /** Bytes; 0: no limit. */
  readonly memoryLimit: number
  /** The id of its image. */
  readonly image: string
  /** The image as compose.yaml names it. */
  readonly imageName: string
  /** The folder that its Compose file was in, without links. */
  readonly workingDirectory: string
  /** The Compose files that it was made from. */
  readonly configFiles: readonly string[]
  /** Files and folders of this machine that it sees. */
  readonly binds: readonly string[]
  /** Its environment: with secrets in it. */
  readonly environment: readonly string[]
}

const inspected = array(
  looseObject({
    Id: string(),
    Image: string(),
    RestartCount: number(),
    State: looseObject({
      Status: string(),
      Pid: number(),
      ExitCode: number(),
      OOMKilled: boolean(),
      StartedAt: string(),
      FinishedAt: string(),
      Health: nullish(
        looseObject({ Status: string(), Log: nullish(array(looseObject({ Output: nullish(string(), '') })), []) }),
      ),
    }),
    HostConfig: looseObject({ Memory: nullish(number(), 0) }),
    Config: looseObject({
      Image: nullish(string(), ''),
      Labels: nullish(record(string(), string()), {}),
      Env: nullish(array(string()), []),
    }),
    Mounts: nullish(array(looseObject({ Type: string(), Source: nullish(string(), '') })), []),
  }),
)

const TIME_LIMIT_MS = 30_000
const LABEL = 'com.docker.compose'

type Ports = Pick<ActionPorts, 'commands' | 'env'>

/** Those that Compose made for services, one-shot jobs included, but not those of `docker compose run`. */
export async function inspectContainers(
  project: string,
  { commands, env }: Ports,
  signal: AbortSignal,
): Promise<readonly Container[]> {
  const options = { timeoutMs: TIME_LIMIT_MS, signal }
  const list = engineCommand(
    [
      'ps',
      '--all',
      '--quiet',
      '--no-trunc',
      '--filter',
      `label=${LABEL}.project=${project}`,
      '--filter',
      `label=${LABEL}.oneoff=False`,
    ],
    env,
  )
  const listed = await commands.run(list, options)
  if (listed.exitCode !== 0) throw failureOf(list, listed, 'Docker cannot list the containers of this stack.')
  const ids = listed.stdout.split('\n').filter((id) => id !== '')
  if (ids.length === 0) return []
  const inspect = engineCommand(['container', 'inspect', ...ids], env)
  const { stdout } = await commands.run(inspect, options)
  // One that was removed meanwhile is left out, and makes the exit code 1.
  return parseContainers(stdout)
}

/** Reads what `docker container inspect` prints. Throws ExternalError where that is something else. */
function parseContainers(text: string): readonly Container[] {
  try {
    return parse(inspected, JSON.parse(text)).map(({ Id, Image, RestartCount, State, HostConfig, Config, Mounts }) => {
      const labels = Config.Labels ?? {}
      return {
        id: Id,
        service: labels[`${LABEL}.service`] ?? '',
        status: State.Status,
        health: healthOf(State.Health?.Status),
        healthOutput: (State.Health?.Log?.at(-1)?.Output ?? '').trim(),
        pid: State.Pid,
        exitCode: State.ExitCode,
        outOfMemory: State.OOMKilled,
        startedAt: new Date(State.StartedAt),
        finishedAt: new Date(State.FinishedAt),
        restarts: RestartCount,
        memoryLimit: HostConfig.Memory ?? 0,
        image: Image,
        imageName: Config.Image ?? '',
        workingDirectory: labels[`${LABEL}.project.working_dir`] ?? '',
        configFiles: (labels[`${LABEL}.project.config_files`] ?? '').split(',').filter((path) => path !== ''),
        binds: (Mounts ?? []).filter(({ Type }) => Type === 'bind').map(({ Source }) => Source ?? ''),
        environment: Config.Env ?? [],
      }
    })
  } catch (error) {
    throw new ExternalError('engine.answer', 'Docker describes containers in a form that is not known.', {
      cause: error,
    })
  }
}

/** A variable of its environment. */
export function variableOf({ environment }: Container, name: string): string | undefined {
  return environment.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1)
}

function healthOf(text: string | undefined): Container['health'] {
  return text === 'starting' || text === 'healthy' || text === 'unhealthy' ? text : undefined
}
