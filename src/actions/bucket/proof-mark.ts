// In: a bucket, and what it is proven with. Out: a fingerprint, kept from proof to proof.
import { fingerprintOf } from '../../formats/fingerprint.ts'
import type { Files } from '../../ports/files.ts'
import type { Secrets } from '../../secret.ts'
import { objectStoreSecrets } from '../../stack/object-store.ts'
import type { CreateBucketInput } from '../../targets/action.ts'

/** What was proven, and with which keys: when either changes, the proof does not count any more. */
function markOf({ store, endpoints }: CreateBucketInput, secrets: Secrets): string {
  const keys = objectStoreSecrets(store).map((name) => secrets[name] ?? '')
  const proven = fingerprintOf([JSON.stringify([store, endpoints.map((endpoint) => endpoint ?? 'AWS')]), ...keys])
  return `${JSON.stringify({ bucket: store.bucket, proven })}\n`
}

export async function isProven(input: CreateBucketInput, secrets: Secrets, files: Files): Promise<boolean> {
  return (await files.readText(input.mark)) === markOf(input, secrets)
}

export async function writeProofMark(input: CreateBucketInput, secrets: Secrets, files: Files): Promise<void> {
  await files.writeText(input.mark, markOf(input, secrets), { mode: 0o600 })
}
