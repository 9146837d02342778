// In: a certificate of the user's. Out: a checked copy where nginx reads it.
import { parseCertificates, expiryOf } from '../formats/certificate-chain.ts'
import { UserError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { InstallCertificateInput } from '../targets/proxy-actions.ts'
import { requireAccount } from './accounts.ts'
import { keyMode } from './certificates/key-mode.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { checkCertificate } from './certificates/check-certificate.ts'

const DAY_MS = 86_400_000
const SOON_DAYS = 14

/** Checks on every run, so that one which ends soon, or was renewed, is seen. The user's own files are only read. */
export const installCertificate: ActionKindOf<InstallCertificateInput> = {
  async inspect(input, ports) {
    const given = await readGiven(input, ports)
    const [certificate, key, keyFile] = await Promise.all([
      ports.files.readText(input.certificate),
      ports.files.readText(input.key),
      ports.files.stat(input.key),
    ])
    const warning = given.daysLeft < SOON_DAYS ? `, ends in ${Math.floor(given.daysLeft)} days` : ''
    if (certificate === undefined || key === undefined) return { effect: 'create', why: `not there yet${warning}` }
    if (certificate !== given.certificate || key !== given.key)
      return { effect: 'update', why: `was renewed${warning}` }
    if (keyFile?.mode !== keyMode(input)) return { effect: 'update', why: 'others could read the key' }
    return { effect: 'unchanged', why: `as given${warning}` }
  },

  async apply(input, ports, _progress, signal) {
    const owner = await requireAccount(input.owner, ports, signal)
    const { certificate, key } = await readGiven(input, ports)
    const theirs = owner === undefined ? {} : { owner }
    await ports.files.writeText(input.key, key, { mode: keyMode(input), ...theirs })
    await ports.files.writeText(input.certificate, certificate, { mode: 0o644, ...theirs })
  },
}

interface Given {
  readonly certificate: string
  readonly key: string
  readonly daysLeft: number
}

/** The two texts, checked. Throws UserError `tls.…`. */
async function readGiven({ from, host }: InstallCertificateInput, ports: ActionPorts): Promise<Given> {
  const [certificate, key] = await Promise.all([readOne(from.certificate, ports), readOne(from.key, ports)])
  const chain = parseCertificates(certificate)
  const [own] = chain ?? []
  if (chain === undefined || own === undefined) {
    throw new UserError('tls.not-a-certificate', `${from.certificate} has no certificate in it.`, {
      because: 'It must be PEM: a text with a line -----BEGIN CERTIFICATE-----.',
      hint: { text: 'Turn a DER file into PEM.', command: `openssl x509 -inform der -in ${from.certificate}` },
    })
  }
  const now = ports.clock.now()
  const given = { certificatePath: from.certificate, keyPath: from.key, chain, key: new Secret(key), host }
  const publicRoots = parseCertificates((await ports.publicRoots.all()).join('\n')) ?? []
  checkCertificate(given, publicRoots, now)
  return { certificate, key, daysLeft: (expiryOf(own).getTime() - now.getTime()) / DAY_MS }
}

async function readOne(path: string, { files }: ActionPorts): Promise<string> {
  const text = await files.readText(path)
  if (text !== undefined) return text
  throw new UserError('tls.no-file', `${path} is not there.`, {
    because: 'It was named as a part of the certificate.',
    hint: { text: 'Give the chain with --tls-cert and the key with --tls-key.' },
  })
}
