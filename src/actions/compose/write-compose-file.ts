// In: the template of compose.yaml. Out: the file, which Compose takes together with the user's override file.
import { dirname } from 'node:path'
import { renderTemplate } from '../../plan/render-templates.ts'
import type { WriteComposeFileInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts } from '../action-kind.ts'
import { writeFile } from '../write-file.ts'
import { checkDescription } from './check-description.ts'
import { inspectVolumes } from './volumes.ts'
import { fileOf, writeImageFile } from './write-image-file.ts'

/** Nothing is written that Compose refuses: what runs goes on with what it has. */
export const writeComposeFile: ActionKindOf<WriteComposeFileInput> = {
  inspect: async (input, ports, signal) =>
    writeImageFile.inspect(await withVolumes(input, ports, signal), ports, signal),

  async apply(input, ports, progress, signal) {
    const file = await fileOf(await withVolumes(input, ports, signal), ports)
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

/**
 * A volume stays as it was made, and so does what the file says of it: where they differ, Compose offers to make it anew,
 * and loses what it holds (`docker compose up --yes` does so without asking).
 */
async function withVolumes(
  input: WriteComposeFileInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<WriteComposeFileInput> {
  const names = input.volumes.map(({ name }) => name)
  const found = await inspectVolumes(names, ports, signal)
  const volumes = input.volumes.map(({ volume, name }) => {
    const there = found.find((one) => one.name === name)
    const made = there?.madeIn ?? (there?.project === undefined ? dirname(input.path) : false)
    return { volume, madeIn: made }
  })
  return { ...input, values: { ...input.values, volumes } }
}

async function tryOut(
  { path, stackDirectory }: WriteComposeFileInput,
  text: string,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const draft = `${path}.draft`
  try {
    await ports.files.writeText(draft, text, { mode: 0o600 })
    await checkDescription(stackDirectory, draft, ports, signal)
  } finally {
    await ports.files.remove(draft)
  }
}
