import { expect, it } from 'vitest'
import { awsPartitionOf, renderAwsPolicy } from '../../../src/formats/aws-policy.ts'

const about = { bucket: 'mlflow', prefix: '', purpose: 'use' } as const

it('gives what MLflow does in a whole bucket, and nothing more', () => {
  expect(JSON.parse(renderAwsPolicy(about))).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'MlflowList',
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
        Resource: 'arn:aws:s3:::mlflow',
      },
      {
        Sid: 'MlflowFiles',
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
        ],
        Resource: 'arn:aws:s3:::mlflow/*',
      },
    ],
  })
})

it('stays below a prefix', () => {
  const policy = JSON.parse(renderAwsPolicy({ ...about, prefix: 'team/mlflow' }))
  const [list, bucket, files] = policy.Statement
  expect(list).toMatchObject({
    Action: ['s3:ListBucket'],
    Condition: { StringLike: { 's3:prefix': ['team/mlflow', 'team/mlflow/*'] } },
  })
  expect(bucket.Action).not.toContain('s3:ListBucket')
  expect(files.Resource).toBe('arn:aws:s3:::mlflow/team/mlflow/*')
})

it('adds what the set-up needs once', () => {
  const policy = renderAwsPolicy({ ...about, purpose: 'set-up', partition: awsPartitionOf('cn-north-1') })
  expect(policy).toContain('s3:CreateBucket')
  expect(policy).toContain('arn:aws-cn:s3:::mlflow')
  expect(awsPartitionOf('us-gov-west-1')).toBe('aws-us-gov')
  expect(awsPartitionOf('eu-north-1')).toBe('aws')
})
