// In: a host name. Out: a certificate for it by an authority of the stack's own, renewed before it ends.
import type { X509Certificate } from 'node:crypto'
import { renderKey, renderRootCertificate, renderServerCertificate } from '../formats/certificate.ts'
import type { Authority } from '../formats/certificate.ts'
import {
  compareKey,
  covers,
  expiryOf,
  formatNames,
  formatSubject,
  isIssuedBy,
  parseCertificates,
  startOf,
} from '../formats/certificate-chain.ts'
import type { Inspection } from '../plan/plan.ts'
import { Secret } from '../secret.ts'
import type { MakeCertificateInput } from '../targets/proxy-actions.ts'
import { requireAccount } from './accounts.ts'
import { keyMode } from './certificates/key-mode.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'

const DAY_MS = 86_400_000
const ROOT_DAYS = 3653
/** The longest that browsers take. */
const SERVER_DAYS = 397
/** Renewed this long before the end, so that a monthly `apply` is enough. */
const RENEW_DAYS = 30
/** A client whose clock is behind takes it too. */
const BACKDATED_MS = 3_600_000

/**
 * Makes the root once and keeps it: clients have it. A new server certificate comes with each other host, and before
 * the old one ends. The root's key stays with whoever runs this, nginx gets its own.
 */
export const makeCertificate: ActionKindOf<MakeCertificateInput> = {
  async inspect(input, ports): Promise<Inspection> {
    const now = ports.clock.now()
    const root = await readPair(input.root, input.rootKey, ports)
    const own = await readPair(input.certificate, input.key, ports)
    if (root === undefined && own === undefined) return { effect: 'create', why: 'not there yet' }
    if (root === undefined) return { effect: 'update', why: 'its authority is not complete: clients need the new root' }
    if (daysLeft(root.certificate, now) < RENEW_DAYS)
      return { effect: 'update', why: 'its authority ends soon: clients need the new root' }
    const why = whyRenewed(input, own?.certificate, root.certificate, now)
    return why === undefined ? { effect: 'unchanged', why: 'as wanted' } : { effect: 'update', why }
  },

  async apply(input, ports, progress, signal) {
    const owner = await requireAccount(input.owner, ports, signal)
    const now = ports.clock.now()
    const root = await readPair(input.root, input.rootKey, ports)
    const lasting = root !== undefined && daysLeft(root.certificate, now) >= RENEW_DAYS
    const authority = lasting ? authorityOf(root) : await makeRoot(input, now, ports)
    progress(`for ${input.host}`)
    const key = await ports.random.ecKey()
    const request = { name: input.host, key, serial: serial(ports), validity: validity(now, SERVER_DAYS) }
    const certificate = renderServerCertificate(request, hostsOf(input.host), authority)
    const theirs = owner === undefined ? {} : { owner }
    // The key first: until the certificate follows, they do not fit, and a second run makes both anew.
    await ports.files.writeText(input.key, renderKey(key), { mode: keyMode(input), ...theirs })
    await ports.files.writeText(input.certificate, certificate, { mode: 0o644, ...theirs })
  },
}

type Ports = Pick<ActionPorts, 'files' | 'random'>

interface Pair {
  readonly certificate: X509Certificate
  readonly key: Secret
}

/** Undefined when one of the two is missing, damaged, or for another one. */
async function readPair(certificatePath: string, keyPath: string, { files }: Ports): Promise<Pair | undefined> {
  const [text, keyText] = await Promise.all([files.readText(certificatePath), files.readText(keyPath)])
  const certificate = parseCertificates(text ?? '')?.[0]
  const key = new Secret(keyText ?? '')
  return certificate !== undefined && compareKey(certificate, key) === 'matches' ? { certificate, key } : undefined
}

function whyRenewed(
  { host }: MakeCertificateInput,
  certificate: X509Certificate | undefined,
  root: X509Certificate,
  now: Date,
): string | undefined {
  if (certificate === undefined) return 'not complete'
  if (!isIssuedBy(certificate, root)) return 'not by the authority of this stack'
  if (!hostsOf(host).every((one) => covers(certificate, one))) return `is for ${formatNames(certificate)}`
  if (startOf(certificate) > now) return 'is not valid yet: the clock of this machine was set back'
  const left = daysLeft(certificate, now)
  return left < RENEW_DAYS ? (left < 0 ? 'has ended' : `ends in ${Math.floor(left)} days`) : undefined
}

async function makeRoot(input: MakeCertificateInput, now: Date, ports: Ports): Promise<Authority> {
  const key = await ports.random.ecKey()
  // Each root has a name of its own: clients that have an old one must not take it for the new one.
  const name = `MLflow authority ${ports.random.hex(8)}`
  const root = renderRootCertificate({ name, key, serial: serial(ports), validity: validity(now, ROOT_DAYS) })
  await ports.files.writeText(input.rootKey, renderKey(key), { mode: 0o600 })
  await ports.files.writeText(input.root, root, { mode: 0o644 })
  return { name, key }
}

function authorityOf({ certificate, key }: Pair): Authority {
  return { name: formatSubject(certificate.subject), key }
}

/** Who opens it on the machine itself may write any of its names. */
function hostsOf(host: string): readonly string[] {
  return host === 'localhost' ? ['localhost', '127.0.0.1', '::1'] : [host]
}

function daysLeft(certificate: X509Certificate, now: Date): number {
  return (expiryOf(certificate).getTime() - now.getTime()) / DAY_MS
}

function validity(now: Date, days: number): { readonly from: Date; readonly until: Date } {
  const from = new Date(now.getTime() - BACKDATED_MS)
  return { from, until: new Date(from.getTime() + days * DAY_MS) }
}

function serial({ random }: Ports): Buffer {
  // 127 random bits: never negative, never 0.
  return Buffer.from(`7${random.hex(31)}`, 'hex')
}
