// In: a wanted stack of containers. Out: what the Docker engine of this machine could not do for it.
import { join, relative } from 'node:path'
import { DOCKER_DOCS, OLDEST_COMPOSE, OLDEST_ENGINE, whyNotEngine } from '../../answers/machine/judge-engine.ts'
import { installCommand } from '../../answers/machine/system-packages.ts'
import type { FoundEngine, Machine, ReadyEngine, StartCommand } from '../../answers/machine.ts'
import { portOf } from '../../answers/public-address.ts'
import { isAtLeast } from '../../formats/version.ts'
import type { Files } from '../../ports/files.ts'
import type { Stack, StackSpec } from '../../stack/spec.ts'
import { problemOf, type PreflightProblem } from './preflight-problem.ts'

interface LookingPorts {
  readonly files: Pick<Files, 'stat'>
  readonly env: Readonly<Record<string, string>>
}

/** It leaves building to buildx and says of an old one: `compose build requires buildx 0.17 or later`. Without any it builds. */
const COMPOSE_WITH_BAKE = '2.40'
const OLDEST_BUILDX = '0.17'

/**
 * What a stack with everything in it takes in the engine. Unpacked, with the images that the tests use: MLflow with drivers
 * 957 MB, PostgreSQL 485, SeaweedFS 234, nginx 108, together 1.8 GB; packed, while they are pulled, about 0.6; an empty cluster
 * and its log 1.1. Bytes.
 */
const NEEDED_BYTES = 4_000_000_000

/** Nothing where the stack has no containers. */
export async function checkEngine(
  stack: Stack,
  machine: Machine,
  ports: LookingPorts,
): Promise<readonly PreflightProblem[]> {
  if (stack.spec.target !== 'compose') return []
  const { engine } = machine
  if (engine.kind !== 'ready') return [problemOf('target', whyNotReady(engine, machine))]
  const old = whyNotEngine(engine) ?? whyNotBuilding(engine, stack.spec)
  if (old !== undefined) return [problemOf('target', old)]
  const installed = (await ports.files.stat(join(stack.directory, 'compose.yaml'))) !== undefined
  return [
    ...checkSnap(stack.directory, engine, ports.env['HOME']),
    ...checkNetwork(stack.spec, engine),
    ...(installed ? [] : checkDisk(engine)),
  ]
}

function whyNotReady(engine: Exclude<FoundEngine, ReadyEngine>, machine: Machine): string {
  switch (engine.kind) {
    case 'none':
      return `there is no Docker on this machine${engine.podman ? ', only Podman' : ''}; ${howToInstall(machine)}`
    case 'stopped':
      return `Docker's engine does not run: nobody answers at ${engine.address}; ${howToStart(engine.start, machine.root)}`
    case 'forbidden':
      return `this user may not use Docker's socket (${engine.address}); run: sudo usermod -aG docker "$USER", and log in again (whoever is in that group may do what root may), or use sudo`
    case 'podman':
      return "what is called docker here is Podman, which leaves services that restart 'unless-stopped' off after a boot; install Docker's own engine, or take native"
    case 'remote':
      return `Docker's engine is on another machine (${engine.address}), which has no files and ports of this one; set the stack up there, unset DOCKER_HOST and DOCKER_CONTEXT, or take native`
    case 'failing':
      return `docker fails here: ${engine.why}; see what "docker version" says`
  }
}

/** As answers say it of any program that is missing. */
function howToInstall({ systemPackages, system }: Machine): string {
  return systemPackages?.packages.docker === undefined
    ? `${system} has none that is new enough (${OLDEST_ENGINE}, with Compose ${OLDEST_COMPOSE}) in its own packages: install it from Docker's (${DOCKER_DOCS}), or take native`
    : `install it with: ${installCommand(systemPackages, ['docker']).join(' ')}, or let --install-packages yes do it`
}

function howToStart(start: StartCommand | undefined, root: boolean): string {
  if (start === undefined) return 'start it, or check DOCKER_HOST and "docker context ls"'
  return `start it with: ${[...(start.root && !root ? ['sudo'] : []), ...start.words].join(' ')}`
}

function whyNotBuilding(
  { composeVersion = '', buildxVersion }: ReadyEngine,
  { images }: StackSpec,
): string | undefined {
  if (images?.mlflow !== 'build' || !isAtLeast(composeVersion, COMPOSE_WITH_BAKE)) return undefined
  if (buildxVersion === undefined || isAtLeast(buildxVersion, OLDEST_BUILDX)) return undefined
  return `Docker's buildx ${buildxVersion} is older than ${OLDEST_BUILDX}, and Compose ${composeVersion} builds no image with it; install a newer one (github.com/docker/buildx)`
}

/** Its confinement lets it see home directories, without what is hidden at their top (snapd's interface `home`). */
function checkSnap(directory: string, { snap }: ReadyEngine, home: string | undefined): readonly PreflightProblem[] {
  if (!snap) return []
  const below = home === undefined ? '..' : relative(home, directory)
  if (below !== '' && !below.startsWith('.')) return []
  const better = join(home ?? '/root', 'mlflow')
  return [problemOf('dir', `${directory} is out of sight for Docker, which is a snap here; take ${better}`)]
}

/** An engine without root has a network of its own. */
function checkNetwork(
  { proxy, publicUrl }: StackSpec,
  { hidesClients, lowestPort }: ReadyEngine,
): readonly PreflightProblem[] {
  const limited = 'allowFrom' in proxy && proxy.allowFrom.length > 0
  const port = publicUrl === undefined ? lowestPort : portOf(new URL(publicUrl))
  return [
    ...(hidesClients && limited
      ? [problemOf('allowFrom', 'Docker runs without root here and hides the addresses of clients; take all')]
      : []),
    ...(port < lowestPort
      ? [
          problemOf(
            'publicUrl',
            `port ${port} is for root only, and Docker runs without root here; take one from ${lowestPort} on, such as 8443`,
          ),
        ]
      : []),
  ]
}

function checkDisk({ freeBytes, rootDirectory }: ReadyEngine): readonly PreflightProblem[] {
  if (freeBytes === undefined || freeBytes >= NEEDED_BYTES) return []
  const [free, needed] = [freeBytes, NEEDED_BYTES].map((bytes) => (bytes / 1e9).toFixed(1))
  const cure = 'free some ("docker system df" shows what Docker holds), or move its data-root'
  return [
    problemOf(
      'dir',
      `Docker has ${free} GB of disk free in ${rootDirectory}, and the images need ${needed} GB; ${cure}`,
    ),
  ]
}
