// In: a file of root certificates of the user's. Out: a copy of it that containers can read.
import { parseCertificates } from '../formats/certificate-chain.ts'
import { UserError } from '../errors.ts'
import type { InstallRootsInput } from '../targets/proxy-actions.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'

/** The user's own file is only read: users of containers are nobody's users here, and other programs may use it. */
export const installRoots: ActionKindOf<InstallRootsInput> = {
  async inspect(input, ports) {
    const [given, there] = await Promise.all([readRoots(input.from, ports), ports.files.readText(input.path)])
    if (there === undefined) return { effect: 'create', why: 'not there yet' }
    return given === there ? { effect: 'unchanged', why: 'as given' } : { effect: 'update', why: 'was renewed' }
  },

  async apply(input, ports) {
    await ports.files.writeText(input.path, await readRoots(input.from, ports), { mode: 0o644 })
  },
}

async function readRoots(path: string, { files }: Pick<ActionPorts, 'files'>): Promise<string> {
  const text = await files.readText(path)
  if (text === undefined)
    throw new UserError('tls.no-file', `${path} is not there.`, {
      because: 'It was named as the file of the roots by which a store is trusted.',
      hint: { text: 'Give its place with --postgres-ca-file or --s3-ca-file.' },
    })
  if (parseCertificates(text) !== undefined) return text
  throw new UserError('tls.not-a-certificate', `${path} has no certificate in it.`, {
    because: 'It must be PEM: a text with a line -----BEGIN CERTIFICATE-----.',
    hint: { text: 'Turn a DER file into PEM.', command: `openssl x509 -inform der -in ${path}` },
  })
}
