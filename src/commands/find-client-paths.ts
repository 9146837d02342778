// In: a Stack. Out: ClientPaths, where the files are that its clients on this machine use.
import { isTrustedBy, parseCertificates } from '../formats/certificate-chain.ts'
import type { ClientPaths } from '../stack/client-environment.ts'
import type { Stack } from '../stack/spec.ts'
import { localTrackingUri } from '../targets/native/layout.ts'
import { clientCaFile } from '../targets/native/proxy-certificate.ts'
import type { CommandContext } from './command-context.ts'

type Context = Pick<CommandContext, 'files' | 'publicRoots'>

export async function findClientPaths(context: Context, stack: Stack): Promise<ClientPaths> {
  const roots = await findPrivateRoots(context, stack)
  return {
    localTrackingUri: () => localTrackingUri(stack),
    ...(roots === undefined ? {} : { rootCertificate: roots }),
  }
}

/** Only the chain itself says whether the world trusts it: its user may take another authority at each renewal. */
async function findPrivateRoots({ files, publicRoots }: Context, stack: Stack): Promise<string | undefined> {
  const file = clientCaFile(stack)
  if (file === undefined || stack.spec.tls.kind === 'self-signed') return file
  const chain = parseCertificates((await files.readText(file)) ?? '')
  if (chain === undefined) return undefined
  const roots = parseCertificates((await publicRoots.all()).join('\n')) ?? []
  return isTrustedBy(chain, roots) ? undefined : file
}
