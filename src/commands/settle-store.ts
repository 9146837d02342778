// In: a wanted stack whose answers leave open how its store wants to be talked to. Out: the same, after the store was asked.
import { inspectObjectStore } from '../plan/inspect-object-store.ts'
import type { CommandContext } from './command-context.ts'
import { readKeptSecrets } from './kept-secrets.ts'
import type { WantedStack } from './resolve-stack.ts'

/** Throws UserError or ExternalError `s3.…` for whatever is wrong with endpoint, keys or region. */
export async function settleStore(context: CommandContext, wanted: WantedStack): Promise<WantedStack> {
  const { stack, resolved, given } = wanted
  const { artifactStore } = stack.spec
  const { s3Addressing, s3Checksums } = resolved.answers
  if (artifactStore.kind !== 's3' || artifactStore.endpoint === undefined) return wanted
  if (s3Addressing !== 'auto' && s3Checksums !== 'auto') return wanted
  const { secrets: kept } = await readKeptSecrets(context, stack)
  const secrets = { ...kept, ...given }
  const manners = await inspectObjectStore(artifactStore, secrets, context.objectStores, context.signal)
  const store = {
    ...artifactStore,
    ...(s3Addressing === 'auto' ? { addressing: manners.addressing } : {}),
    ...(s3Checksums === 'auto' ? { checksums: manners.checksums } : {}),
  }
  return { ...wanted, stack: { ...stack, spec: { ...stack.spec, artifactStore: store } } }
}
