// In: a stack with its files in a bucket of AWS. Out: the least that AWS must allow the keys of server and clients, printed.
import { UserError } from '../errors.ts'
import { awsPartitionOf, renderAwsPolicy } from '../formats/aws-policy.ts'
import { printJson, printResult } from '../report/print.ts'
import { objectStoreOf } from '../stack/object-store.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'

/** For `aws iam put-user-policy --policy-document file:///dev/stdin`. Throws UserError `client.no-policy` where AWS has no part. */
export function printPolicy(
  { terminal }: CommandContext,
  { spec }: Stack,
  { json }: { readonly json: boolean },
): number {
  const store = objectStoreOf(spec)
  if (store === undefined || store.endpoint !== undefined) {
    throw new UserError('client.no-policy', `The stack ${spec.name} has no bucket at AWS.`, {
      because:
        store === undefined ? 'Its files are in a folder.' : 'Other stores have ways of their own to allow things.',
      hint: { text: 'Leave out --aws-policy.', command: 'mlflow-setup client' },
    })
  }
  const { bucket, prefix, region } = store
  const policy = renderAwsPolicy({ bucket, prefix, purpose: 'use', partition: awsPartitionOf(region) })
  const parsed: unknown = JSON.parse(policy)
  if (json) printJson(terminal, { schemaVersion: 1, kind: 'client', awsPolicy: parsed })
  else printResult(terminal, policy.trimEnd().split('\n'))
  return 0
}
