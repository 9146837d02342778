// In: nothing. Out: the questions about how the server logs in to a store that was there before.
import { picklist } from 'valibot'
import { NO_OTHERS_S3, usesOthersS3 } from '../conditions.ts'
import { question } from '../question.ts'
import { oneLine } from '../schemas.ts'
import { elsewhere } from './s3.ts'

export const s3Credentials = question({
  id: 's3Credentials',
  kind: 'text',
  choices: ['keys', 'role'],
  group: 'S3',
  placeholder: '<kind>',
  summary: 'how the server logs in to the store: keys, or role, which AWS gives the machine itself',
  ask: 'How does the server log in to the store?',
  asks: ({ s3Endpoint: endpoint }) => endpoint === 'aws',
  when: usesOthersS3,
  whenNot: NO_OTHERS_S3,
  options: ({ s3Endpoint: endpoint }) => [
    { value: 'keys', label: 'With an access key', hint: 'AWS_ACCESS_KEY_ID, or a profile of ~/.aws' },
    ...(endpoint === 'aws'
      ? [{ value: 'role', label: 'By the role of this machine', hint: 'such as an EC2 instance role' }]
      : []),
  ],
  schema: picklist(['keys', 'role'], 'is not keys or role'),
  conflict: (value, { s3Endpoint: endpoint }) =>
    value === 'role' && endpoint !== 'aws' ? 'goes with AWS only; take keys' : undefined,
  outdated: elsewhere,
  default: () => ({ value: 'keys' }),
  defaultInWords: 'keys',
})

export const awsProfile = question({
  id: 'awsProfile',
  kind: 'text',
  group: 'S3',
  placeholder: '<name>',
  summary: 'the profile of ~/.aws whose keys the server takes, or none',
  ask: 'Which profile of ~/.aws has the keys (or none)?',
  when: (answers) => usesOthersS3(answers) && answers.s3Credentials === 'keys',
  whenNot: 'does not apply: the server takes no keys; see --s3-credentials',
  schema: oneLine('the name of a profile, or none'),
  default: (_answers, { aws: { profile }, secrets }) =>
    profile === undefined || secrets.includes('AWS_ACCESS_KEY_ID')
      ? { value: 'none' }
      : { value: profile, why: 'from AWS_PROFILE' },
  defaultInWords: 'none with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else `AWS_PROFILE`',
})
