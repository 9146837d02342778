// In: a site. Out: the site in the system's nginx, tested and loaded.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { parseMarked } from '../formats/content-mark.ts'
import { ExternalError } from '../errors.ts'
import type { Inspection } from '../plan/plan.ts'
import type { WriteFileInput } from '../targets/action.ts'
import type { WriteSystemSiteInput } from '../targets/proxy-actions.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { runNginx, withNginxFacts } from './nginx/nginx-facts.ts'
import { reloadSystemNginx } from './nginx/reload-system-nginx.ts'
import { findSitePlace, readSystemNginx } from './nginx/system-nginx.ts'
import type { SitePlace, SystemNginx } from './nginx/system-nginx.ts'
import { writeFile } from './write-file.ts'

/** Puts one file, and where sites are kept apart one link, into somebody's nginx; all else there is only read. */
export const writeSystemSite: ActionKindOf<WriteSystemSiteInput> = {
  async inspect(input, ports, signal) {
    const nginx = await readSystemNginx(input.program, ports, signal)
    const place = await findSitePlace(nginx, input.name, ports)
    const current = await ports.files.readText(place.path)
    const conflict = whyNotOurs(current, input) ?? findNameTaken(nginx, place, input)
    if (conflict !== undefined) return conflict
    const file = await fileOf(input, place, ports, signal)
    const found = await writeFile.inspect(file, ports, signal)
    if (found.effect !== 'unchanged') return found
    if (
      place.link !== undefined &&
      (await ports.files.realPath(place.link)) !== (await ports.files.realPath(place.path))
    )
      return { effect: 'update', why: 'is not switched on' }
    if (!(await mayRead(input, nginx, ports))) return { effect: 'update', why: 'nginx may not read the passwords' }
    return (await isLoaded(input, place, ports)) ? found : { effect: 'update', why: 'was not loaded' }
  },

  async apply(input, ports, progress, signal) {
    const nginx = await readSystemNginx(input.program, ports, signal)
    const place = await findSitePlace(nginx, input.name, ports)
    const file = await fileOf(input, place, ports, signal)
    const before = await ports.files.readText(place.path)
    await letRead(input, nginx, ports)
    await ports.files.remove(markPath(input))
    progress('testing it')
    try {
      await writeFile.apply(file, ports, progress, signal)
      if (place.link !== undefined) await ports.files.link(place.path, place.link)
      await testAll(input, ports, signal)
    } catch (error) {
      await putBack(place, before, ports)
      throw error
    }
    progress('loading it')
    await reloadSystemNginx(input.program, ports, signal)
    await ports.files.writeText(markPath(input), await loadMark(input, place, ports), { mode: 0o600 })
    progress('loaded')
  },
}

/** A file of that name by another stack, or by somebody. */
function whyNotOurs(current: string | undefined, { stackDirectory }: WriteSystemSiteInput): Inspection | undefined {
  if (current === undefined || parseMarked(current).kind === 'foreign') return undefined
  const owner = /^# Of the stack in (.+)$/mu.exec(current)?.[1]
  if (owner === stackDirectory) return undefined
  return { effect: 'conflict', why: `belongs to the stack in ${owner ?? 'another directory'}; take another --name` }
}

/** nginx would take the first of two sites with one name, and only warn about the other. */
function findNameTaken(nginx: SystemNginx, place: SitePlace, input: WriteSystemSiteInput): Inspection | undefined {
  const ours = [place.path, place.link]
  const taken = nginx.sites.find(
    ({ file, names, ports }) =>
      !ours.includes(file) &&
      names.some((name) => input.serverNames.includes(name)) &&
      ports.some((port) => input.ports.includes(port)),
  )
  if (taken === undefined) return undefined
  const name = taken.names.find((one) => input.serverNames.includes(one))
  return { effect: 'conflict', why: `${taken.file}:${taken.line} already answers to ${name ?? ''}` }
}

async function fileOf(
  input: WriteSystemSiteInput,
  { path }: SitePlace,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<WriteFileInput> {
  const values = await withNginxFacts(input, ports, signal)
  return { path, template: input.template, values, mode: 0o644, comment: '#' }
}

async function mayRead(
  { passwords }: WriteSystemSiteInput,
  { worker }: SystemNginx,
  { files }: ActionPorts,
): Promise<boolean> {
  if (passwords === undefined || worker === undefined || worker.uid === 0) return true
  const found = await files.stat(passwords)
  return found !== undefined && found.gid === worker.gid && (found.mode & 0o040) !== 0
}

/** Its group may read it: neither everybody, nor do the workers own it. */
async function letRead(input: WriteSystemSiteInput, nginx: SystemNginx, ports: ActionPorts): Promise<void> {
  const { passwords } = input
  if (passwords === undefined || nginx.worker === undefined || (await mayRead(input, nginx, ports))) return
  const found = await ports.files.stat(passwords)
  await ports.files.changeOwner(passwords, { uid: found?.uid ?? 0, gid: nginx.worker.gid })
  await ports.files.changeMode(passwords, 0o640)
}

/** Says what was loaded last: a run that ended before the reload is seen by it. */
function markPath({ stackDirectory }: WriteSystemSiteInput): string {
  return join(stackDirectory, '.mlflow-setup', 'site-loaded')
}

async function isLoaded(input: WriteSystemSiteInput, place: SitePlace, ports: ActionPorts): Promise<boolean> {
  return (await ports.files.readText(markPath(input))) === (await loadMark(input, place, ports))
}

async function loadMark({ reads }: WriteSystemSiteInput, { path }: SitePlace, { files }: ActionPorts): Promise<string> {
  const hash = createHash('sha256')
  for (const one of [path, ...reads]) hash.update(`${one}\0${(await files.readText(one)) ?? ''}\0`)
  return `${hash.digest('hex')}\n`
}

async function testAll({ program }: WriteSystemSiteInput, ports: ActionPorts, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await runNginx(program, ['-t', '-q'], ports, signal)
  if (exitCode === 0) return
  throw new ExternalError('nginx.refused', "The system's nginx does not take the site.", {
    because: 'The site was taken out again, and what runs was left as it is.',
    command: `${program} -t`,
    exitCode,
    lastLines: stderr.trim().split('\n').slice(-5),
  })
}

async function putBack({ path, link }: SitePlace, before: string | undefined, { files }: ActionPorts): Promise<void> {
  if (before !== undefined) return files.writeText(path, before, { mode: 0o644 })
  if (link !== undefined) await files.remove(link)
  await files.remove(path)
}
