// In: the wanted spec and mlflow-setup.yaml. Out: the file says what is wanted, the user's comments kept.
import { changedKeys, renderSpec } from '../stack/write-spec.ts'
import { parseSpec } from '../stack/spec-file.ts'
import type { ActionInputs } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const writeSpec: ActionKindOf<ActionInputs['write-spec']> = {
  async inspect({ path, spec }, { files }) {
    const current = await files.readText(path)
    if (current === undefined) return { effect: 'create', why: 'not there yet' }
    const keys = changedKeys(parseSpec(current, path), spec)
    return keys.length === 0
      ? { effect: 'unchanged', why: 'as wanted' }
      : { effect: 'update', why: `${keys.join(', ')} changes` }
  },
  async apply({ path, spec }, { files }) {
    await files.writeText(path, renderSpec(spec, await files.readText(path)), { mode: 0o644 })
  },
}
