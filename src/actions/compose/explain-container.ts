// In: the containers of a stack that starts. Out: the error that says which one does not come up, and why.
import { ExternalError } from '../../errors.ts'
import type { RunContainersInput } from '../../targets/compose-actions.ts'
import type { ActionPorts } from '../action-kind.ts'
import { explainDeath } from '../services/explain-death.ts'
import type { Container } from './containers.ts'
import { explainWords } from './explain-words.ts'
import { engineCommand } from './engine-commands.ts'

const LOG_LIMIT_MS = 20_000
const READ_LINES = 200
const LAST_LINES = 15
/** As Compose's `docker kill` and the engine's own stop give it. */
const KILLED = 137

type Ports = Pick<ActionPorts, 'commands' | 'env'>

/** How far bringing the stack up has come. */
export interface Moment {
  /** What ended before that has been started since, or will be. */
  readonly begun: Date
  /** Whether Compose has ended: until then it may make a container anew that does not answer. */
  readonly composed: boolean
}

/** Undefined while nothing is wrong. */
export async function findFailure(
  { stackDirectory, services }: RunContainersInput,
  containers: readonly Container[],
  moment: Moment,
  ports: Ports,
  signal: AbortSignal,
): Promise<ExternalError | undefined> {
  for (const { name, job } of services) {
    const container = containers.find(({ service }) => service === name)
    if (container === undefined) continue
    const how = howItFailed(container, job, moment)
    if (how !== undefined) return explain(container, how, { stackDirectory }, ports, signal)
  }
  return undefined
}

/**
 * Goes on after the name of the service. What is only `exited` and no job was stopped by Compose, to be made anew: what
 * ends by itself is started again by the engine.
 */
function howItFailed(container: Container, job: boolean, { begun, composed }: Moment): string | undefined {
  const { status, exitCode, finishedAt, outOfMemory, restarts, health, startedAt } = container
  const now = finishedAt >= begun
  const ended = now && (job ? status === 'exited' && exitCode !== 0 : status === 'restarting' || status === 'dead')
  const again = !job && now && restarts > 0 && startedAt >= begun
  if ((ended || again) && outOfMemory) return 'was killed because its memory was not enough'
  if (ended) return `ended with code ${exitCode}`
  if (again) return 'ended, and was started again'
  if (composed && status === 'paused') return 'is paused'
  const meant = composed || startedAt >= begun
  return meant && status === 'running' && health === 'unhealthy' ? 'runs, but does not answer' : undefined
}

async function explain(
  container: Container,
  how: string,
  { stackDirectory }: Pick<RunContainersInput, 'stackDirectory'>,
  ports: Ports,
  signal: AbortSignal,
): Promise<ExternalError> {
  const { service, outOfMemory } = container
  const lines = await readLastLines(container, ports, signal)
  const known = knownDeath(container, lines)
  return new ExternalError('service.died', `The service ${service} ${how}.`, {
    because: outOfMemory ? MEMORY : (known?.because ?? whatItSaid(container, lines)),
    hint: known?.hint ?? {
      text: `Mend ${lines.length > 0 ? 'what they name' : 'that'}, then go on:`,
      command: 'mlflow-setup apply',
    },
    source: `docker compose logs ${service}, in ${stackDirectory}`,
    lastLines: lines.slice(-LAST_LINES),
  })
}

/** For what nobody knows. Who is killed for its memory says nothing, and the engine has forgotten it after the next start. */
function whatItSaid({ status, health, healthOutput, restarts }: Container, lines: readonly string[]): string {
  if (status === 'paused') return 'Docker was told to pause it: docker compose unpause takes that back.'
  if (health === 'unhealthy' && healthOutput !== '') return `Its health check says: ${lastOf(healthOutput)}`
  if (lines.length > 0) return 'Its last lines say more.'
  return restarts > 0 ? `It said nothing, as those do whose memory is not enough. ${MEMORY}` : 'It said nothing.'
}

function lastOf(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

const MEMORY = 'Its limit is mem_limit in compose.yaml.'

/** Why a container ended or does not answer, in a sentence: what is known of such a text, else the last thing that it said. */
export async function findCause(container: Container, ports: Ports, signal: AbortSignal): Promise<string> {
  if (container.outOfMemory) return `Its memory was not enough. ${MEMORY}`
  if (container.health === 'unhealthy' && container.healthOutput !== '') return lastOf(container.healthOutput)
  const lines = await readLastLines(container, ports, signal)
  return knownDeath(container, lines)?.because ?? lines.at(-1)?.trim() ?? ''
}

function knownDeath({ outOfMemory, exitCode }: Container, lines: readonly string[]) {
  if (outOfMemory || exitCode === KILLED) return undefined
  const text = lines.join('\n')
  return explainWords(text) ?? explainDeath(text, undefined, undefined)
}

/** What it has said since its last start. */
async function readLastLines(
  { id, startedAt }: Container,
  { commands, env }: Ports,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const args = ['logs', '--tail', String(READ_LINES), '--since', startedAt.toISOString(), id]
  const { stdout, stderr } = await commands.run(engineCommand(args, env), { timeoutMs: LOG_LIMIT_MS, signal })
  return `${stdout}\n${stderr}`
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}
