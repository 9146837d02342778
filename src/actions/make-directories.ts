// In: paths, their mode and their owner. Out: the directories are there, and whoever needs them can use them.
import { dirname } from 'node:path'
import { ExternalError, UserError } from '../errors.ts'
import { renderShellWord } from '../formats/shell-words.ts'
import type { Files, Owner } from '../ports/files.ts'
import type { MakeDirectoriesInput } from '../targets/action.ts'
import { findAccount, requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'

const TIME_LIMIT_MS = 120_000
/** What a wanted mode insists on: the owner does everything, and others enter where they may at all. */
const INSISTED = 0o711

export const makeDirectories: ActionKindOf<MakeDirectoriesInput> = {
  async inspect(input, ports, signal) {
    const { paths, mode, owner, keepsOwner } = input
    const wanted = await findOwner(owner, ports, signal)
    const found = await Promise.all(paths.map((path) => lookAt(path, mode, wanted, ports.files)))
    const first = (state: DirectoryState) => paths.find((_path, index) => found[index] === state)
    const [blocked, foreign, closed] = [first('blocked'), first('foreign'), first('closed')]
    if (blocked !== undefined) return { effect: 'conflict', why: `${blocked} is not a directory` }
    if (foreign !== undefined && keepsOwner === true) await refuseOthers(foreign, owner, ports.files)
    if (closed !== undefined) return { effect: 'update', why: `${closed} is closed` }
    if (found.includes('missing')) return { effect: 'create', why: 'not there yet' }
    if (foreign !== undefined) return { effect: 'update', why: `${foreign} does not belong to ${nameOf(owner)}` }
    return { effect: 'unchanged', why: 'there' }
  },

  async apply(input, ports, _progress, signal) {
    const { owner } = input
    const account = typeof owner === 'object' ? owner : await requireAccount(owner, ports, signal)
    for (const path of input.paths) await makeOne(path, input, account, ports, signal)
  },
}

/** A user who is not there yet owns nothing. */
async function findOwner(
  owner: MakeDirectoriesInput['owner'],
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<Owner | 'not there yet' | undefined> {
  if (typeof owner !== 'string') return owner
  return (await findAccount(owner, ports, signal)) ?? 'not there yet'
}

function nameOf(owner: MakeDirectoriesInput['owner']): string {
  if (typeof owner === 'object') return `user ${owner.uid}`
  return owner ?? 'its user'
}

/** What is in the top folder of a disk from the start. */
const LOST_AND_FOUND = 'lost+found'

/** A folder outside the stack may hold the files of others; an empty one of root's, as a new disk has it, is nobody's. */
async function refuseOthers(path: string, owner: MakeDirectoriesInput['owner'], files: Files): Promise<void> {
  const [there, names] = await Promise.all([files.stat(path), files.list(path)])
  if (there?.uid === 0 && names.every((name) => name === LOST_AND_FOUND)) return
  const words = typeof owner === 'object' ? `${owner.uid}:${owner.gid}` : nameOf(owner)
  throw new UserError('files.foreign-folder', `The services cannot write to ${path}.`, {
    because: `They run as ${nameOf(owner)}, and it belongs to somebody else.`,
    hint: {
      text: 'Give it to that user, or name another place.',
      command: `chown -R ${words} ${renderShellWord(path)}`,
    },
  })
}

type DirectoryState = 'missing' | 'blocked' | 'closed' | 'foreign' | 'fine'

async function lookAt(
  path: string,
  mode: number,
  owner: Owner | 'not there yet' | undefined,
  files: Files,
): Promise<DirectoryState> {
  const there = await files.stat(path)
  if (there === undefined) return 'missing'
  if (there.kind !== 'directory') return 'blocked'
  if (owner === 'not there yet' || (owner !== undefined && owner.uid !== there.uid)) return 'foreign'
  // Its user may open it up to others; that is not put back.
  const needed = mode & INSISTED
  return (there.mode & needed) === needed ? 'fine' : 'closed'
}

async function makeOne(
  path: string,
  { mode, owner: wanted, keepsOwner }: MakeDirectoriesInput,
  owner: Owner | undefined,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const { files } = ports
  const before = await lookAt(path, mode, owner, files)
  // Between looking and doing it may have come to be somebody's.
  if (before === 'foreign' && keepsOwner === true) await refuseOthers(path, wanted, files)
  if (before === 'missing') {
    // New folders on the way are root's, and their user must come through.
    if (owner !== undefined) await files.makeDirectory(dirname(path), { mode: 0o755 })
    await files.makeDirectory(path, { mode })
  }
  if (owner !== undefined && (await lookAt(path, mode, owner, files)) === 'foreign')
    await giveAway(path, owner, ports, signal)
  if ((await lookAt(path, mode, owner, files)) === 'closed') await files.changeMode(path, mode)
}

/** With all that is in it: the data of a stack that ran as somebody else before. Never through links. */
async function giveAway(
  path: string,
  { uid, gid }: Owner,
  { commands, env }: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  // chown changes a folder after what is in it, so a run that is killed is done again.
  const command = { file: 'chown', args: ['-R', '-h', `${uid}:${gid}`, path], env: { PATH: env['PATH'] ?? '' } }
  const { exitCode, stderr } = await commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  if (exitCode === 0) return
  throw new ExternalError('files.owner', `${path} cannot be given to its user.`, {
    because: stderr.trim().split('\n').at(-1) ?? 'chown failed.',
    hint: { text: 'Run as root.' },
    command: `chown -R -h ${uid}:${gid} ${path}`,
    exitCode,
    lastLines: stderr.split('\n').filter((line) => line !== ''),
  })
}
