// In: a template with its values, and the file that is there. Out: the file as it is wanted, never over somebody's edits.
import { basename } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { parseMarked, renderMarked } from '../formats/content-mark.ts'
import { parseEnvFile } from '../formats/env-file.ts'
import { renderTemplate } from '../plan/render-templates.ts'
import type { WriteFileInput } from '../targets/action.ts'
import { findAccount, requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { keepBackup } from './keep-backup.ts'

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|PASSPHRASE|_KEY/i

/**
 * Writes files of ours. One that was edited since is a conflict; applying it all the same keeps a dated backup, and so
 * does taking a secret out of an environment file.
 */
export const writeFile: ActionKindOf<WriteFileInput> = {
  async inspect(input, ports, signal) {
    const current = await ports.files.readText(input.path)
    if (current === undefined) return { effect: 'create', why: 'not there yet' }
    const wanted = await bodyOf(input, ports)
    const state = stateOf(current, input)
    if (state.body !== wanted && state.kind !== 'pristine') {
      const why = state.kind === 'edited' ? 'edited since mlflow-setup wrote it' : 'not written by mlflow-setup'
      return { effect: 'conflict', why, diff: differenceOf(input.path, state.body, wanted) }
    }
    if (state.body !== wanted) return { effect: 'update', why: 'content changes' }
    const there = await ports.files.stat(input.path)
    const mode = there?.mode
    if (mode !== input.mode) return { effect: 'update', why: `mode ${octal(mode ?? 0)} becomes ${octal(input.mode)}` }
    const { owner } = input
    const belongs = owner === undefined || (await findAccount(owner, ports, signal))?.uid === there?.uid
    if (!belongs) return { effect: 'update', why: `does not belong to ${owner}` }
    return { effect: 'unchanged', why: 'as wanted' }
  },

  async apply(input, ports, _progress, signal) {
    const owner = await requireAccount(input.owner, ports, signal)
    const current = await ports.files.readText(input.path)
    const body = await bodyOf(input, ports)
    if (current !== undefined) {
      const state = stateOf(current, input)
      const edited = state.kind !== 'pristine' && state.body !== body
      if (edited || losesSecrets(state.body, body, input)) await keepBackup(input.path, ports)
    }
    const text = input.comment === 'none' ? body : renderMarked(body, input.comment)
    await ports.files.writeText(input.path, text, { mode: input.mode, ...(owner === undefined ? {} : { owner }) })
  },
}

async function bodyOf(input: WriteFileInput, ports: Pick<ActionPorts, 'templates' | 'secrets'>): Promise<string> {
  return renderTemplate(await ports.templates.read(input.template), input.values, ports.secrets)
}

/** Nobody else knows them: a stack that goes back to its former database needs that password (`readEnvironment`). */
function losesSecrets(current: string, wanted: string, { template }: WriteFileInput): boolean {
  if (!template.endsWith('.env.hbs')) return false
  const kept = parseEnvFile(wanted)
  return Object.keys(parseEnvFile(current)).some((name) => SECRET_NAME.test(name) && !(name in kept))
}

function stateOf(current: string, input: WriteFileInput): ReturnType<typeof parseMarked> {
  return input.comment === 'none' ? { kind: 'pristine', body: current } : parseMarked(current)
}

/** A unified diff from the file to what is wanted. Values that look like secrets are hidden on both sides. */
function differenceOf(path: string, current: string, wanted: string): string {
  const name = basename(path)
  const patch = createTwoFilesPatch(`${name} as it is`, `${name} as wanted`, hidden(current), hidden(wanted), '', '', {
    context: 1,
  })
  return patch.split('\n').slice(1).join('\n').trimEnd()
}

function hidden(text: string): string {
  return text.replace(/^(\s*(?:export\s+)?\w*(?:PASSWORD|SECRET|TOKEN|PASSPHRASE|_KEY)\w*\s*=).+$/gim, '$1[redacted]')
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
