// In: a template with its values. Out: the configuration of an nginx of the stack's own, which that nginx takes.
import { basename, dirname, join } from 'node:path'
import { ExternalError } from '../errors.ts'
import { renderTemplate } from '../plan/render-templates.ts'
import type { WriteFileInput } from '../targets/action.ts'
import type { WriteNginxConfigInput } from '../targets/proxy-actions.ts'
import type { TemplateValues } from '../targets/template-values.ts'
import { findGroupName } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { runNginx, withNginxFacts } from './nginx/nginx-facts.ts'
import { writeFile } from './write-file.ts'

/** As `writeFile`, but nothing is written that `nginx -t` refuses: a running nginx goes on with what it has. */
export const writeNginxConfig: ActionKindOf<WriteNginxConfigInput> = {
  async inspect(input, ports, signal) {
    return writeFile.inspect(await fileOf(input, ports, signal), ports, signal)
  },

  async apply(input, ports, progress, signal) {
    const file = await fileOf(input, ports, signal)
    progress('testing it')
    await tryOut(input, file.values, ports, signal)
    await writeFile.apply(file, ports, progress, signal)
    progress('tested')
  },
}

async function fileOf(input: WriteNginxConfigInput, ports: ActionPorts, signal: AbortSignal): Promise<WriteFileInput> {
  const { path, template } = input
  const known = await withNginxFacts(input, ports, signal)
  // Workers that nobody names a user for would be root's "nobody" and could read nothing here.
  const rootsOwn = input.user === '' && (await ports.files.stat(dirname(path)))?.uid === 0
  const user = rootsOwn ? 'root' : input.user
  // nginx looks for a group of the user's name, which not every user has.
  const group = user === '' ? '' : ((await findGroupName(user, ports, signal)) ?? user)
  return { path, template, values: { ...known, user, group }, mode: 0o644, comment: '#' }
}

/**
 * Tests a draft beside the file, because paths count from there. `nginx -t` makes the pid file and folders that the
 * configuration names, as whoever runs this: the draft names a folder of its own for them.
 */
async function tryOut(
  { program, path, template, draftValues }: WriteNginxConfigInput,
  values: TemplateValues,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const { files } = ports
  const folder = dirname(path)
  const draft = `${path}.draft`
  const text = renderTemplate(await ports.templates.read(template), { ...values, ...draftValues }, ports.secrets)
  try {
    await files.makeDirectory(join(folder, DRAFT_FOLDER), { mode: 0o700 })
    await files.writeText(draft, text, { mode: 0o600 })
    const result = await runNginx(program, ['-t', '-q', '-p', '.', '-c', basename(draft)], ports, signal, folder)
    if (result.exitCode !== 0) throw refused(program, path, result.exitCode, result.stderr)
  } finally {
    await files.remove(draft)
    await files.remove(join(folder, DRAFT_FOLDER))
  }
}

/** Where the draft of `draftValues` has its files, below the folder of the configuration. */
const DRAFT_FOLDER = 'draft'

function refused(program: string, path: string, exitCode: number, stderr: string): ExternalError {
  return new ExternalError('nginx.refused', 'nginx does not take the configuration that was made for it.', {
    because: 'What runs was left as it is.',
    command: `${program} -t -c ${path}`,
    exitCode,
    lastLines: stderr.trim().split('\n').slice(-5),
  })
}
