// In: the services that start, and their containers. Out: what happens now, in a few words.
import type { ContainerService } from '../../targets/compose-actions.ts'
import type { Container } from './containers.ts'

/** The first in order that is not ready is what the others wait for; undefined when all answer. */
export function findWaiting(
  services: readonly ContainerService[],
  containers: readonly Container[],
  begun: Date,
): ContainerService | undefined {
  return services.find(
    ({ name, job }) =>
      !isReady(
        containers.find(({ service }) => service === name),
        job,
        begun,
      ),
  )
}

export function formatUpPhase({ name, job }: ContainerService): string {
  return job ? (WORK[name] ?? name) : `waiting for ${name}`
}

const WORK: Readonly<Record<string, string>> = {
  database: 'making tables',
  bucket: 'making the bucket',
  'model-files': 'fetching the model',
  'model-packages': 'installing what the model needs',
}

function isReady(container: Container | undefined, job: boolean, begun: Date): boolean {
  if (container === undefined) return false
  if (job) return container.status === 'exited' && container.exitCode === 0 && container.finishedAt >= begun
  return container.status === 'running' && (container.health === 'healthy' || container.health === undefined)
}
