// In: a stack directory, and a Compose file in it. Out: nothing, where Compose takes the file together with the user's override file.
import { basename, join } from 'node:path'
import { ExternalError } from '../../errors.ts'
import type { ActionPorts } from '../action-kind.ts'
import { composeCommand } from './engine-commands.ts'

const TIME_LIMIT_MS = 30_000
const LAST_LINES = 5
/** Those that Compose reads by itself beside compose.yaml; the first that is there. */
const OVERRIDES = ['compose.override.yaml', 'compose.override.yml']

type Ports = Pick<ActionPorts, 'commands' | 'files' | 'env'>

/** Throws ExternalError `compose.override` where the user's own file is at fault, and else `compose.refused`. */
export async function checkDescription(
  stackDirectory: string,
  file: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const there = await Promise.all(OVERRIDES.map((name) => ports.files.stat(join(stackDirectory, name))))
  const override = OVERRIDES.find((_, at) => there[at] !== undefined)
  const isTaken = async (files: readonly string[]) => {
    const args = [...files.flatMap((path) => ['--file', path]), 'config', '--quiet']
    return ports.commands.run(composeCommand(stackDirectory, args, ports.env), { timeoutMs: TIME_LIMIT_MS, signal })
  }
  const both = await isTaken([file, ...(override === undefined ? [] : [join(stackDirectory, override)])])
  if (both.exitCode === 0) return
  const alone = override === undefined ? both : await isTaken([file])
  throw alone.exitCode === 0 ? refusedOverride(override ?? '', both) : refused(file, alone)
}

interface Said {
  readonly exitCode: number
  readonly stderr: string
}

function refusedOverride(override: string, said: Said): ExternalError {
  return new ExternalError('compose.override', `Compose does not take ${override}, which is yours.`, {
    because: 'What runs was left as it is.',
    hint: { text: 'Mend what its last line names, then go on:', command: 'mlflow-setup apply' },
    ...shown(said),
  })
}

function refused(file: string, said: Said): ExternalError {
  return new ExternalError('compose.refused', `Compose does not take ${basename(file)}.`, {
    because: 'What runs was left as it is.',
    hint: { text: 'Mend what its last line names, then go on:', command: 'mlflow-setup apply' },
    ...shown(said),
  })
}

function shown({ exitCode, stderr }: Said): { readonly exitCode: number; readonly lastLines: readonly string[] } {
  return { exitCode, lastLines: stderr.trim().split('\n').slice(-LAST_LINES) }
}
