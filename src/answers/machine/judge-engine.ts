// In: FoundEngine. Out: whether it can carry a stack, and why not.
import { isAtLeast } from '../../formats/version.ts'
import type { FoundEngine, ReadyEngine } from '../machine.ts'

/** The first whose health checks take `start_interval`. */
export const OLDEST_ENGINE = '25.0'
/** The oldest that was tried is Debian 13's 2.26. */
export const OLDEST_COMPOSE = '2.23'

export const DOCKER_DOCS = 'docs.docker.com/engine/install'

/** Whether one is here that has all that a stack takes of every engine. */
export function isUsableEngine(engine: FoundEngine): boolean {
  return engine.kind === 'ready' && whyNotEngine(engine) === undefined
}

/** Why it cannot carry a stack, with the cure, or undefined when it can. */
export function whyNotEngine(engine: ReadyEngine): string | undefined {
  const { version, composeVersion } = engine
  if (!isAtLeast(version, OLDEST_ENGINE))
    return `Docker ${version} is older than ${OLDEST_ENGINE}; install a newer one (${DOCKER_DOCS}), or take native`
  if (composeVersion === undefined) return whyNoCompose(engine)
  if (!isAtLeast(composeVersion, OLDEST_COMPOSE))
    return `Docker Compose ${composeVersion} is older than ${OLDEST_COMPOSE}; install a newer one (docs.docker.com/compose/install), or take native`
  return undefined
}

function whyNoCompose({ version, standaloneCompose: other }: ReadyEngine): string {
  const cure = 'install the Compose plugin (docs.docker.com/compose/install)'
  if (other === undefined) return `Docker ${version} has no Compose here; ${cure}`
  return isAtLeast(other, '2')
    ? `"docker compose" is no command here: Compose ${other} is a program of its own; link it to ~/.docker/cli-plugins/docker-compose`
    : `docker-compose ${other} is the old Compose, which nobody maintains; ${cure}`
}
