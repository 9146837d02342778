// In: what a profile of the user's AWS files shall be. Out: the files with just those lines added, or taken away again.
import { dirname } from 'node:path'
import type { EditAwsProfileInput } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { planAwsEdit, type AwsFileEdit } from './aws/plan-aws-edit.ts'
import { keepBackup } from './keep-backup.ts'

/** Both files are the user's: every byte that is not ours stays, and the file as it was is kept beside it. */
export const editAwsProfile: ActionKindOf<EditAwsProfileInput> = {
  async inspect(input, ports) {
    const { files, conflicts } = await planAwsEdit(input, ports)
    const [conflict] = conflicts
    if (conflict !== undefined) {
      return { effect: 'conflict', why: `${conflict.key} in ${conflict.path}:${conflict.line} is ${conflict.found}` }
    }
    const changed = files.filter(({ before, after }) => before !== after)
    if (changed.length === 0)
      return (await isPrivate(files, ports)) ? AS_WANTED : { effect: 'update', why: 'mode becomes 0600' }
    return changed.some(({ before }) => before !== undefined)
      ? { effect: 'update', why: 'lines change, everything else stays' }
      : { effect: 'create', why: 'not there yet' }
  },

  async apply(input, ports) {
    const { files, conflicts } = await planAwsEdit(input, ports)
    if (conflicts.length > 0) throw new Error('conflicts are for the user to decide')
    for (const file of files) await write(file, input, ports)
  },
}

const AS_WANTED = { effect: 'unchanged', why: 'as wanted' } as const

async function isPrivate(files: readonly AwsFileEdit[], ports: Pick<ActionPorts, 'files'>): Promise<boolean> {
  const stats = await Promise.all(files.map(({ path }) => ports.files.stat(path)))
  return stats.every((stat) => stat === undefined || stat.mode === 0o600)
}

async function write(
  { path, before, after }: AwsFileEdit,
  { owner }: EditAwsProfileInput,
  { files, clock }: Pick<ActionPorts, 'files' | 'clock'>,
): Promise<void> {
  if (before === after) {
    if (before !== undefined) await files.changeMode(path, 0o600)
  } else if (after === undefined) {
    await files.remove(path)
  } else if (before === undefined) {
    const folder = dirname(path)
    const isNew = (await files.stat(folder)) === undefined
    await files.makeDirectory(folder, { mode: 0o700 })
    if (isNew && owner !== undefined) await files.changeOwner(folder, owner)
    await files.writeText(path, after, { mode: 0o600, ...(owner === undefined ? {} : { owner }) })
  } else {
    await keepBackup(path, { files, clock })
    await files.writeText(path, after, { mode: 0o600 })
  }
}
