// In: nothing. Out: the keys that the machine itself is given, by the role of its EC2 instance.
import { fromInstanceMetadata } from '@smithy/credential-provider-imds'

/**
 * Not the whole chain of AWS's tools: variables and `~/.aws` of whoever runs this program are not what a service gets
 * that runs as another user with an environment of its own.
 */
export function findMachineKeys() {
  return fromInstanceMetadata({ timeout: 2000, maxRetries: 1 })
}
