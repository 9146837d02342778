// In: nothing. Out: the questions about the bucket and its store.
import { picklist, pipe, string, transform, trim, check, regex } from 'valibot'
import { bucketInEndpoint, objectStoreEndpointOf } from '../../formats/object-store-endpoint.ts'
import { objectPrefixOf, whyNotBucketName } from '../../formats/bucket-name.ts'
import { NO_OTHERS_S3, NO_S3, usesOthersS3, usesS3 } from '../conditions.ts'
import { REGION } from '../names.ts'
import { question } from '../question.ts'
import { absolutePath, checkedLine, oneLine } from '../schemas.ts'
import type { Answers } from '../answers.ts'
import { besides, isShownByNginx, whyNotBesides } from './managed-s3.ts'
import { bucketOf } from './stores.ts'

type SoFar = Partial<Answers>

/** An endpoint in its canonical form, or a word in place of one. */
const endpointOr = (word: string) => {
  const problemOf = (value: string) => {
    const parsed = objectStoreEndpointOf(value)
    return value !== word && 'problem' in parsed ? parsed.problem : undefined
  }
  return pipe(
    checkedLine(`${word}, or an address such as http://10.0.0.5:9000`, problemOf),
    transform((value) => {
      const parsed = objectStoreEndpointOf(value)
      return value !== word && 'href' in parsed ? parsed.href : value
    }),
  )
}

export const elsewhere = ({ s3Endpoint: endpoint }: SoFar, before: SoFar) => endpoint !== before.s3Endpoint

export const s3Endpoint = question({
  id: 's3Endpoint',
  kind: 'text',
  group: 'S3',
  placeholder: '<url>',
  summary: 'the store that has the bucket: aws, or the address of anything that speaks S3',
  ask: 'Which store has the bucket: aws, or an address such as http://10.0.0.5:9000?',
  asks: () => true,
  when: usesOthersS3,
  whenNot: NO_OTHERS_S3,
  schema: endpointOr('aws'),
  default: (_answers, { aws: { endpoint } }) => {
    const parsed = endpoint === undefined ? undefined : objectStoreEndpointOf(endpoint.url)
    return endpoint !== undefined && parsed !== undefined && 'href' in parsed
      ? { value: parsed.href, why: `from ${endpoint.variable}` }
      : { value: 'aws' }
  },
  defaultInWords: '`MLFLOW_S3_ENDPOINT_URL` or `AWS_ENDPOINT_URL`, else aws',
})

export const s3Bucket = question({
  id: 's3Bucket',
  kind: 'text',
  group: 'S3',
  placeholder: '<name>',
  summary: 'the bucket for artifacts; made when it is missing',
  ask: 'Which bucket should hold the files? It is made when it is missing.',
  when: usesS3,
  whenNot: NO_S3,
  schema: checkedLine('the name of a bucket', whyNotBucketName),
  conflict: (value, { s3Endpoint: endpoint = 'aws' }) => {
    const problem = endpoint === 'aws' ? undefined : bucketInEndpoint(new URL(endpoint), value)
    return problem === undefined ? undefined : `is in --s3-endpoint too, which ${problem}`
  },
  saidBefore: ({ artifactStore }) => {
    const { bucket: value } = bucketOf(artifactStore)
    return value === undefined ? undefined : { flag: '--artifact-store', value }
  },
  outdated: ({ artifactStore }, before) => artifactStore !== before.artifactStore,
  default: (answers) => {
    const { bucket } = bucketOf(answers.artifactStore)
    if (bucket !== undefined) return { value: bucket }
    return usesOthersS3(answers) ? undefined : { value: 'mlflow' }
  },
  missing: () => 'the bucket for artifacts',
  defaultInWords: 'from --artifact-store',
})

export const s3Prefix = question({
  id: 's3Prefix',
  kind: 'text',
  group: 'S3',
  placeholder: '<path>',
  summary: 'the folder in the bucket; empty for the whole bucket',
  ask: 'Which folder in the bucket (empty for the whole)?',
  when: usesS3,
  whenNot: NO_S3,
  schema: pipe(
    string('is not the name of a folder'),
    trim(),
    check(
      (value) => !('problem' in objectPrefixOf(value)),
      (issue) => {
        const parsed = objectPrefixOf(issue.input)
        return 'problem' in parsed ? parsed.problem : ''
      },
    ),
    transform((value) => {
      const parsed = objectPrefixOf(value)
      return 'prefix' in parsed ? parsed.prefix : value
    }),
  ),
  saidBefore: ({ artifactStore }) => {
    const { prefix: value = '' } = bucketOf(artifactStore)
    return value === '' ? undefined : { flag: '--artifact-store', value }
  },
  outdated: ({ s3Bucket: bucket, artifactStore }, before) =>
    bucket !== before.s3Bucket || artifactStore !== before.artifactStore,
  default: ({ artifactStore = '' }) => ({ value: bucketOf(artifactStore).prefix ?? '' }),
  defaultInWords: 'from --artifact-store, else the whole bucket',
})

export const s3Region = question({
  id: 's3Region',
  kind: 'text',
  group: 'S3',
  placeholder: '<name>',
  summary: 'the region of the bucket',
  ask: 'In which region is the bucket?',
  asks: ({ s3Endpoint: endpoint }) => endpoint === 'aws',
  when: usesOthersS3,
  whenNot: NO_OTHERS_S3,
  schema: pipe(oneLine('a region'), regex(REGION.pattern, REGION.fault)),
  outdated: elsewhere,
  default: ({ s3Endpoint: endpoint }, { aws: { region } }) =>
    endpoint === 'aws' && region !== undefined && REGION.pattern.test(region)
      ? { value: region, why: 'from AWS_REGION' }
      : { value: 'us-east-1' },
  defaultInWords: '`AWS_REGION` or `AWS_DEFAULT_REGION`, else us-east-1',
})

export const s3PublicEndpoint = question({
  id: 's3PublicEndpoint',
  kind: 'text',
  group: 'S3',
  placeholder: '<url>',
  summary:
    'the store as clients reach it, when that is another address; none: as the server does (4), or not at all (5, 6)',
  ask: 'At which address do clients reach the store (or none)?',
  when: (answers) => (usesOthersS3(answers) && answers.s3Endpoint !== 'aws') || isShownByNginx(answers),
  whenNot: 'does not apply: AWS has one address for all, and clients of scenarios 5 and 6 need no store in a container',
  schema: endpointOr('none'),
  conflict: (value, answers) => (isShownByNginx(answers) ? whyNotBesides(value, answers.publicUrl ?? '') : undefined),
  outdated: (answers, before) => elsewhere(answers, before) || answers.publicUrl !== before.publicUrl,
  default: (answers) =>
    isShownByNginx(answers)
      ? { value: besides(answers.publicUrl ?? ''), why: 'nginx leads clients from there to the store' }
      : { value: 'none' },
  defaultInWords: 'none; in scenario 4 with a store in a container port 9000 of the public address',
})

export const s3CaFile = question({
  id: 's3CaFile',
  kind: 'text',
  group: 'S3',
  placeholder: '<path>',
  summary: "a PEM file with the roots that the store's certificate is checked against, or system",
  ask: "Which file has the roots for the store's certificate (or system)?",
  when: (answers) => usesOthersS3(answers) && answers.s3Endpoint !== 'aws',
  whenNot: 'does not apply: the certificates of AWS are known to every system; see --s3-endpoint',
  schema: oneLine('a path, or system'),
  normalise: (value, facts) => absolutePath(value, facts, 'system'),
  outdated: elsewhere,
  default: () => ({ value: 'system' }),
  defaultInWords: 'system',
})

export const s3Addressing = question({
  id: 's3Addressing',
  kind: 'text',
  choices: ['auto', 'path', 'virtual'],
  group: 'S3',
  placeholder: '<style>',
  summary: 'whether the bucket stands in the path or in the host name: path, virtual, or auto, which asks the store',
  ask: 'Where does the bucket stand in addresses?',
  when: usesOthersS3,
  whenNot: NO_OTHERS_S3,
  options: () => [
    { value: 'auto', label: 'Ask the store', hint: 'once, now' },
    { value: 'path', label: 'In the path', hint: 'every store but AWS takes it' },
    { value: 'virtual', label: 'In the host name', hint: 'as AWS wants it' },
  ],
  schema: picklist(['auto', 'path', 'virtual'], 'is not one of auto, path, virtual'),
  outdated: elsewhere,
  default: () => ({ value: 'auto' }),
  defaultInWords: 'auto',
})

export const s3Checksums = question({
  id: 's3Checksums',
  kind: 'text',
  choices: ['auto', 'when_required', 'when_supported'],
  group: 'S3',
  placeholder: '<when>',
  summary:
    'when checksums are sent: when_required, when_supported (stores older than 2025 refuse them), or auto, which asks the store',
  ask: 'When should checksums be sent?',
  when: usesOthersS3,
  whenNot: NO_OTHERS_S3,
  options: () => [
    { value: 'auto', label: 'Ask the store', hint: 'once, now' },
    { value: 'when_required', label: 'Only where S3 demands them', hint: 'every store takes that' },
    { value: 'when_supported', label: 'Always', hint: 'as AWS likes it' },
  ],
  schema: picklist(['auto', 'when_required', 'when_supported'], 'is not one of auto, when_required, when_supported'),
  outdated: elsewhere,
  default: () => ({ value: 'auto' }),
  defaultInWords: 'auto',
})
