// In: the name of a stack of containers, and its directory. Out: what the engine has under that name, which must be this stack's.
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import type { Files } from '../../ports/files.ts'
import { SPEC_FILE } from '../../stack/file-names.ts'
import type { Project } from '../../targets/compose-actions.ts'
import type { ActionPorts } from '../action-kind.ts'
import { inspectContainers, type Container } from './containers.ts'
import { inspectVolumes, type Volume } from './volumes.ts'

export interface FoundProject {
  readonly containers: readonly Container[]
  readonly volumes: readonly Volume[]
}

type Ports = Pick<ActionPorts, 'commands' | 'files' | 'env'>

/** Whoever else has the name. */
interface Other {
  /** What the engine has: `volume demo_postgres-data`. */
  readonly thing: string
  /** Whose it is: `the stack in /srv/demo`. */
  readonly owner: string
  /** The command that shows it. */
  readonly look: string
  /** Where it is, when it is a stack that can be gone on with. */
  readonly directory?: string
}

/**
 * Compose takes containers and volumes for a project's own by the name alone. Throws UserError `stack.name-taken` where they are of
 * another stack, which this one would take over, and `stack.renamed` where this stack has its volumes under another name.
 */
export async function inspectProject(project: Project, ports: Ports, signal: AbortSignal): Promise<FoundProject> {
  const { stackName, stackDirectory } = project
  const [containers, volumes, here, former] = await Promise.all([
    inspectContainers(stackName, ports, signal),
    inspectVolumes(project.volumes, ports, signal),
    lookHere(stackDirectory, ports.files),
    findFormerName(project, ports, signal),
  ])
  if (former !== undefined) throw renamed(former, stackName)
  const others = [
    ...(await Promise.all(containers.map((container) => ownerOf(container, stackName, here, ports.files)))),
    ...(await Promise.all(volumes.map((volume) => ownerOfVolume(volume, stackName, here, ports.files)))),
  ]
  const other = others.find((one) => one !== undefined)
  if (other !== undefined) throw nameTaken(other, stackName)
  return { containers, volumes }
}

/** Of a stack that was moved since: what the container sees of this machine is where it was. */
export function isLeftBehind({ workingDirectory, binds }: Container, directory: string): boolean {
  return workingDirectory !== directory && binds.some((path) => path.startsWith(`${workingDirectory}/`))
}

/** As containers name it, which know it without links. */
export async function realDirectory(directory: string, files: Pick<Files, 'realPath'>): Promise<string> {
  return (await files.realPath(directory)) ?? directory
}

interface Here {
  readonly directories: readonly string[]
  /** Whether this stack has been set up: what comes from a place that is gone is its own, moved with it. */
  readonly setUp: boolean
}

async function lookHere(directory: string, files: Files): Promise<Here> {
  const traces = await Promise.all(['.env', 'compose.yaml'].map((name) => files.stat(join(directory, name))))
  return {
    directories: [directory, await realDirectory(directory, files)],
    setUp: traces.some((trace) => trace !== undefined),
  }
}

async function ownerOf(
  { service, workingDirectory, configFiles }: Container,
  name: string,
  here: Here,
  files: Files,
): Promise<Other | undefined> {
  if (here.directories.includes(workingDirectory)) return undefined
  const found = {
    thing: `container ${service}`,
    look: `docker ps --all --filter label=com.docker.compose.project=${name}`,
  }
  if (await holdsStack(workingDirectory, name, files)) return ofStack(found, workingDirectory)
  const there = await Promise.all(configFiles.map((path) => isThere(path, files)))
  if (there.includes(true)) return { ...found, owner: `a project of ${configFiles.join(', ')}` }
  return here.setUp ? undefined : { ...found, owner: `a stack that was in ${workingDirectory}` }
}

async function ownerOfVolume(
  { name: volume, project, madeIn }: Volume,
  name: string,
  here: Here,
  files: Files,
): Promise<Other | undefined> {
  const found = { thing: `volume ${volume}`, look: `docker volume inspect ${volume}` }
  if (madeIn !== undefined && here.directories.includes(madeIn)) return undefined
  if (madeIn !== undefined && (await holdsStack(madeIn, name, files))) return ofStack(found, madeIn)
  if (here.setUp) return undefined
  if (madeIn !== undefined) return { ...found, owner: `a stack that was in ${madeIn}` }
  return { ...found, owner: project === undefined ? 'a volume that nobody has described' : 'another Compose project' }
}

function ofStack(found: Pick<Other, 'thing' | 'look'>, directory: string): Other {
  return { ...found, owner: `the stack in ${directory}`, directory }
}

/** What this user may not look into is somebody else's, and there. */
async function holdsStack(directory: string, name: string, files: Files): Promise<boolean> {
  try {
    const text = await files.readText(join(directory, SPEC_FILE))
    return text !== undefined && nameIn(text) === name
  } catch {
    return true
  }
}

async function isThere(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.stat(path)) !== undefined
  } catch {
    return true
  }
}

/** The name in mlflow-setup.yaml or compose.yaml, which both have at their left. */
function nameIn(text: string): string | undefined {
  return /^name:\s*["']?([a-z][a-z0-9-]*)/mu.exec(text)?.[1]
}

/** The name that this stack's volumes have, where mlflow-setup.yaml has got another one since. */
async function findFormerName(
  { stackName, stackDirectory, volumes }: Project,
  ports: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  const former = nameIn((await ports.files.readText(join(stackDirectory, 'compose.yaml'))) ?? '')
  if (former === undefined || former === stackName) return undefined
  const names = volumes.map((volume) => `${former}${volume.slice(stackName.length)}`)
  return (await inspectVolumes(names, ports, signal)).length > 0 ? former : undefined
}

function nameTaken({ thing, owner, look, directory }: Other, name: string): UserError {
  const goOn = directory === undefined ? '' : `, or go on with that stack: --dir ${directory}`
  return new UserError('stack.name-taken', `The name ${name} is taken by ${owner}. Nothing was changed.`, {
    because: `Docker has the ${thing} under it, and Compose tells stacks apart by their names alone.`,
    hint: { text: `Take another name (--name, or name in mlflow-setup.yaml)${goOn}. To look at it:`, command: look },
  })
}

function renamed(former: string, name: string): UserError {
  return new UserError('stack.renamed', `This stack is called ${former}, and not ${name}. Nothing was changed.`, {
    because: 'Its volumes are called by its name: under another one it would start empty.',
    hint: { text: `Leave it its name: --name ${former}, or "name: ${former}" in mlflow-setup.yaml.` },
  })
}
