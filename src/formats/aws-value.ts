// In: a value. Out: the value as it stands in ~/.aws/config and ~/.aws/credentials.
import { UserError } from '../errors.ts'

/** As it is: these files know neither quotes nor escapes. Throws UserError `aws.value` for what they cannot hold. */
export function renderAwsValue(value: string): string {
  if (value !== '' && value === value.trim() && !/[\r\n\0]/.test(value)) return value
  throw new UserError(
    'aws.value',
    'A value for the AWS files is empty, has a line break in it, or a blank at an end.',
    {
      because: 'These files know neither quotes nor escapes.',
      hint: { text: 'Give the value again, without it.', command: 'mlflow-setup' },
    },
  )
}
