// In: nothing. Out: the keys that the machine itself is given, by the role of its EC2 instance.
import { fromInstanceMetadata } from '@smithy/credential-provider-imds'
import { UserError } from '../../errors.ts'

/**
 * Not the whole chain of AWS's tools: variables and `~/.aws` of whoever runs this program are not what a service gets
 * that runs as another user with an environment of its own. Throws UserError `s3.no-role` when keys are wanted.
 */
export function findMachineKeys() {
  const find = fromInstanceMetadata({ timeout: 2000, maxRetries: 1 })
  return () =>
    find().catch((cause: unknown) => {
      throw new UserError('s3.no-role', 'This machine is given no keys for an object store.', {
        because: 'No instance role answers at the metadata address of EC2.',
        hint: { text: 'Attach a role to the instance, or give keys: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' },
        cause,
      })
    })
}
