// In: a bucket and the folder in it. Out: the least that AWS must allow, as the JSON of an IAM policy.

export interface PolicyAbout {
  readonly bucket: string
  /** Without slashes at its ends; empty: the whole bucket. */
  readonly prefix: string
  /**
   * `use` is what MLflow does, in the server (scenarios 5 and 6) as in the clients (scenario 4): it reads, writes, lists and
   * deletes, in several parts from 8 MB on. `set-up` adds what mlflow-setup does to a bucket once, and may be taken away after.
   */
  readonly purpose: 'use' | 'set-up'
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition?: string
}

/** What AWS calls each right, by what it is about. */
const ON_BUCKET = ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads']
const ON_OBJECTS = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
]
const AT_SET_UP = [
  's3:CreateBucket',
  's3:GetBucketPublicAccessBlock',
  's3:PutBucketPublicAccessBlock',
  's3:GetLifecycleConfiguration',
  's3:PutLifecycleConfiguration',
]

/**
 * The policy, ready to be pasted. Listing is limited to the prefix by a condition, so the other users of a shared bucket
 * stay among themselves.
 */
export function renderAwsPolicy({ bucket, prefix, purpose, partition = 'aws' }: PolicyAbout): string {
  const arn = `arn:${partition}:s3:::${bucket}`
  const under = prefix === '' ? '' : `${prefix}/`
  const listing = ['s3:ListBucket']
  const statements = [
    {
      Sid: 'MlflowList',
      Effect: 'Allow',
      Action: prefix === '' ? ON_BUCKET : listing,
      Resource: arn,
      ...(prefix === '' ? {} : { Condition: { StringLike: { 's3:prefix': [prefix, `${under}*`] } } }),
    },
    ...(prefix === ''
      ? []
      : [
          {
            Sid: 'MlflowBucket',
            Effect: 'Allow',
            Action: ON_BUCKET.filter((action) => !listing.includes(action)),
            Resource: arn,
          },
        ]),
    { Sid: 'MlflowFiles', Effect: 'Allow', Action: ON_OBJECTS, Resource: `${arn}/${under}*` },
    ...(purpose === 'use' ? [] : [{ Sid: 'MlflowSetup', Effect: 'Allow', Action: AT_SET_UP, Resource: arn }]),
  ]
  return `${JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)}\n`
}

/** `aws-cn` for China and `aws-us-gov` for the government's regions, whose ARNs begin differently. */
export function awsPartitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
