import { describe, expect, it } from 'vitest'
import { buildClientEnvironment, type ClientWish } from '../../../src/stack/client-environment.ts'
import type { S3Store, Scenario, StackSpec } from '../../../src/stack/spec.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const PATHS = { localTrackingUri: () => 'sqlite:////home/ada/mlflow/data/mlflow.db' }

/** As `NAME=value`, with secrets as `NAME<-SECRET`. */
function variablesOf(scenario: Scenario, changes: Partial<StackSpec> = {}, wish: ClientWish = {}): string[] {
  const stack = fakeStack(scenario, changes)
  const paths = stack.spec.tls.kind === 'self-signed' ? { ...PATHS, rootCertificate: '/ca.pem' } : PATHS
  return buildClientEnvironment(stack, paths, wish).variables.map((variable) =>
    'value' in variable
      ? `${variable.name}=${variable.value}`
      : `${variable.name}<-${'secret' in variable ? variable.secret : variable.unknown}`,
  )
}
const bucket = (changes: Partial<S3Store>) => ({ artifactStore: { ...BUCKET, ...changes } })
const LOGIN = [
  'MLFLOW_TRACKING_URI=https://ml.example',
  'MLFLOW_TRACKING_USERNAME=admin',
  'MLFLOW_TRACKING_PASSWORD<-MLFLOW_SETUP_ADMIN_PASSWORD',
  'MLFLOW_TRACKING_SERVER_CERT_PATH=/ca.pem',
]
const KEYS = [
  'AWS_ACCESS_KEY_ID<-AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY<-AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN<-AWS_SESSION_TOKEN',
]

describe('what clients need', () => {
  it('is the folder in scenario 1, the experiment too in 2', () => {
    expect(variablesOf(1)).toEqual([`MLFLOW_TRACKING_URI=${PATHS.localTrackingUri()}`, 'MLFLOW_ALLOW_FILE_STORE=true'])
    expect(variablesOf(2)).toEqual([`MLFLOW_TRACKING_URI=${PATHS.localTrackingUri()}`, 'MLFLOW_EXPERIMENT_NAME=mlflow'])
    expect(variablesOf(2, { environment: { MLFLOW_X: '1' } })).toContain('MLFLOW_X=1')
  })

  it('is the address in 3 and 5, and the login and root certificate where there are any', () => {
    expect(variablesOf(3, { environment: { MLFLOW_X: '1' } })).toEqual(['MLFLOW_TRACKING_URI=http://127.0.0.1:5000'])
    expect(variablesOf(5)).toEqual(['MLFLOW_TRACKING_URI=http://127.0.0.1:5000'])
    expect(variablesOf(5, SECURED)).toEqual(LOGIN)
    expect(variablesOf(6)).toEqual(LOGIN)
    expect(variablesOf(6, { tls: { kind: 'files', certificate: '/c', key: '/k' } })).toEqual(LOGIN.slice(0, 3))
  })

  it('is the bucket too in 4, at the address that clients reach', () => {
    expect(variablesOf(4)).toEqual([
      ...LOGIN,
      'MLFLOW_S3_ENDPOINT_URL=http://10.0.0.5:9000',
      ...KEYS,
      'AWS_DEFAULT_REGION=us-east-1',
      'AWS_REQUEST_CHECKSUM_CALCULATION=when_required',
      'AWS_RESPONSE_CHECKSUM_VALIDATION=when_required',
    ])
    expect(
      variablesOf(4, bucket({ publicEndpoint: 'https://s3.example', checksums: 'when_supported', caFile: '/s3.pem' })),
    ).toEqual([
      ...LOGIN,
      'MLFLOW_S3_ENDPOINT_URL=https://s3.example',
      ...KEYS,
      'AWS_DEFAULT_REGION=us-east-1',
      'AWS_CA_BUNDLE=/s3.pem',
    ])
  })

  it('is region and keys for AWS, and no keys where clients have their own', () => {
    const aws = bucket({
      endpoint: undefined,
      addressing: 'virtual',
      checksums: 'when_supported',
      region: 'eu-north-1',
    })
    expect(variablesOf(4, aws)).toEqual([...LOGIN, ...KEYS, 'AWS_DEFAULT_REGION=eu-north-1'])
    const role = { artifactStore: { ...aws.artifactStore, credentials: 'role' } as const }
    expect(variablesOf(4, role)).toEqual([...LOGIN, 'AWS_DEFAULT_REGION=eu-north-1'])
  })

  it('says how to address a bucket only where boto3 would do it otherwise', () => {
    const style = 'MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE'
    expect(variablesOf(4, bucket({ addressing: 'virtual' }))).toContain(`${style}=virtual`)
    expect(variablesOf(4, bucket({ endpoint: undefined, addressing: 'path' }))).toContain(`${style}=path`)
  })

  it('is the profile in place of all that, and its name only where it has one', () => {
    expect(variablesOf(4, {}, { profile: 'lab' })).toEqual([...LOGIN, 'AWS_PROFILE=lab'])
    expect(variablesOf(4, {}, { profile: 'default' })).toEqual(LOGIN)
    expect(variablesOf(4, bucket({ addressing: 'virtual' }), { profile: 'lab' })).toContain(
      'MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE=virtual',
    )
  })

  it('is another login for another user, whose password is not ours to know', () => {
    expect(variablesOf(6, {}, { user: 'bob' }).slice(1, 3)).toEqual([
      'MLFLOW_TRACKING_USERNAME=bob',
      'MLFLOW_TRACKING_PASSWORD<-the password of bob',
    ])
    expect(() => variablesOf(3, {}, { user: 'bob' })).toThrow('asks nobody for a password')
  })

  it('is boto3 beside MLflow only where files go to a bucket', () => {
    expect(buildClientEnvironment(fakeStack(4), PATHS).packages).toEqual(['mlflow==3.17.2', 'boto3'])
    expect(buildClientEnvironment(fakeStack(6), PATHS).packages).toEqual(['mlflow==3.17.2'])
  })
})
