// In: the template of nginx.conf. Out: the file, which the nginx of its image takes.
import { dirname } from 'node:path'
import { ExternalError } from '../../errors.ts'
import { isAtLeast } from '../../formats/version.ts'
import { renderTemplate } from '../../plan/render-templates.ts'
import type { WriteFileInput } from '../../targets/action.ts'
import type { WriteContainerNginxInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts } from '../action-kind.ts'
import { isTrustedByAll } from '../nginx/nginx-facts.ts'
import { writeFile } from '../write-file.ts'
import { engineCommand } from './engine-commands.ts'
import { inspectImage } from './pull-images.ts'
import { pinned, readDigests } from './image-digests.ts'

const TIME_LIMIT_MS = 60_000

/** Nothing is written that `nginx -t` refuses: a running nginx goes on with what it has. */
export const writeContainerNginx: ActionKindOf<WriteContainerNginxInput> = {
  inspect: async (input, ports, signal) => writeFile.inspect(await fileOf(input, ports, signal), ports, signal),

  async apply(input, ports, progress, signal) {
    const file = await fileOf(input, ports, signal)
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

async function fileOf(
  input: WriteContainerNginxInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<WriteFileInput> {
  const { path, template, values, hstsCertificate } = input
  const [hsts, resolves] = await Promise.all([
    hstsCertificate !== undefined && isTrustedByAll(hstsCertificate, ports),
    looksAddressesUpAgain(input, ports, signal),
  ])
  return { path, template, values: { ...values, hsts, resolves }, mode: 0o644, comment: '#' }
}

/** The first whose upstream servers take `resolve` (nginx's changes with 1.27.3). */
const RESOLVES = '1.27.3'

/** The images of the nginx project name their version in a variable. */
async function looksAddressesUpAgain(
  { image, digests }: WriteContainerNginxInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await inspectImage(pinned(image, await readDigests(digests, ports)), ports, signal)
  const [, version] = found?.environment.join('\n').match(/^NGINX_VERSION=([\d.]+)/mu) ?? []
  return version !== undefined && isAtLeast(version, RESOLVES)
}

/** A draft in a folder of its own: the other one may be read by a running nginx at any time. */
async function tryOut(
  { path, image, digests, inside, mounts, hosts }: WriteContainerNginxInput,
  text: string,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const draft = `${dirname(path)}.draft.conf`
  const reference = pinned(image, await readDigests(digests, ports))
  try {
    await ports.files.writeText(draft, text, { mode: 0o644 })
    const there = await Promise.all(Object.values(mounts).map((source) => ports.files.stat(source)))
    const volumes = Object.entries(mounts)
      .filter((_, at) => there[at] !== undefined)
      .map(([target, source]) => `${source}:${target}:ro,z`)
    const quiet = ['--rm', '--pull=never', '--network=none', '--read-only', '--tmpfs=/tmp', '--entrypoint=nginx']
    const args = [
      'run',
      ...quiet,
      ...hosts.map((host) => `--add-host=${host}:127.0.0.1`),
      ...[`${draft}:${inside}:ro,z`, ...volumes].flatMap((volume) => ['--volume', volume]),
      reference,
      '-t',
      '-q',
      '-c',
      inside,
    ]
    const result = await ports.commands.run(engineCommand(args, ports.env), { timeoutMs: TIME_LIMIT_MS, signal })
    if (result.exitCode !== 0) throw refused(image, result.exitCode, result.stderr)
  } finally {
    await ports.files.remove(draft)
  }
}

function refused(image: string, exitCode: number, stderr: string): ExternalError {
  return new ExternalError(
    'nginx.refused',
    `The nginx of ${image} does not take the configuration that was made for it.`,
    {
      because: 'What runs was left as it is.',
      exitCode,
      lastLines: stderr.trim().split('\n').slice(-5),
    },
  )
}
