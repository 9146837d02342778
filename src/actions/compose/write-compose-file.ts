// In: the template of compose.yaml. Out: the file, which Compose takes together with the user's override file.
import { join } from 'node:path'
import { ExternalError } from '../../errors.ts'
import { renderTemplate } from '../../plan/render-templates.ts'
import type { WriteComposeFileInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts } from '../action-kind.ts'
import { writeFile } from '../write-file.ts'
import { composeCommand } from './engine-commands.ts'
import { fileOf, writeImageFile } from './write-image-file.ts'

const TIME_LIMIT_MS = 30_000
/** Those that Compose reads by itself beside compose.yaml. */
const OVERRIDES = ['compose.override.yaml', 'compose.override.yml']

/** Nothing is written that Compose refuses: what runs goes on with what it has. */
export const writeComposeFile: ActionKindOf<WriteComposeFileInput> = {
  inspect: (input, ports, signal) => writeImageFile.inspect(input, ports, signal),

  async apply(input, ports, progress, signal) {
    const file = await fileOf(input, ports)
    progress('testing it')
    await tryOut(
      input,
      renderTemplate(await ports.templates.read(file.template), file.values, ports.secrets),
      ports,
      signal,
    )
    await writeFile.apply(file, ports, progress, signal)
    progress('tested')
  },
}

async function tryOut(
  { path, stackDirectory }: WriteComposeFileInput,
  text: string,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const draft = `${path}.draft`
  const there = await Promise.all(OVERRIDES.map((name) => ports.files.stat(join(stackDirectory, name))))
  const override = OVERRIDES.find((_, at) => there[at] !== undefined)
  const files = [draft, ...(override === undefined ? [] : [join(stackDirectory, override)])]
  try {
    await ports.files.writeText(draft, text, { mode: 0o600 })
    const args = [...files.flatMap((file) => ['--file', file]), 'config', '--quiet']
    const command = composeCommand(stackDirectory, args, ports.env)
    const result = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
    if (result.exitCode !== 0) throw refused(override, result.exitCode, result.stderr)
  } finally {
    await ports.files.remove(draft)
  }
}

function refused(override: string | undefined, exitCode: number, stderr: string): ExternalError {
  return new ExternalError('compose.refused', 'Compose does not take the description that was made for it.', {
    because:
      override === undefined
        ? 'What runs was left as it is.'
        : `It was read together with ${override}, which is yours.`,
    hint: { text: 'Mend what its last line names, then go on:', command: 'mlflow-setup apply' },
    exitCode,
    lastLines: stderr.trim().split('\n').slice(-5),
  })
}
