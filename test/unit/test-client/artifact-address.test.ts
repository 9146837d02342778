import { describe, expect, it } from 'vitest'
import { buildApiUrl, buildArtifactAddress, joinUrl } from '../../../src/test-client/rest/artifact-address.ts'

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'

describe('buildApiUrl', () => {
  it.each([
    ['http://h:5000', 'http://h:5000/version'],
    ['http://h:5000/', 'http://h:5000/version'],
    ['https://h/ml/flow//', 'https://h/ml/flow/version'],
    ['https://h/p?x=1#y', 'https://h/p/version'],
  ])('%s', (trackingUri, url) => expect(buildApiUrl(trackingUri, '/version')).toBe(url))

  it('encodes every odd character of a query', () => {
    const url = buildApiUrl('http://h', '/get', { name: 'a b&c=d+e#f%20/ü"\'' })
    expect(url).not.toMatch(/[ "#+]/)
    expect(new URL(url).searchParams.get('name')).toBe('a b&c=d+e#f%20/ü"\'')
  })
})

describe('buildArtifactAddress', () => {
  it.each([
    ['http://h:5000', 'mlflow-artifacts:/1/r/artifacts', `http://h:5000${PROXY}/1/r/artifacts`, '1/r/artifacts'],
    ['https://h/p/', 'mlflow-artifacts:/1/r/artifacts', `https://h/p${PROXY}/1/r/artifacts`, '1/r/artifacts'],
    ['https://h/p', 'mlflow-artifacts://a:8/1/r/artifacts', `https://a:8/p${PROXY}/1/r/artifacts`, '1/r/artifacts'],
    [
      'http://h',
      `http://a:5500${PROXY}/experiments/0/r/artifacts`,
      `http://a:5500${PROXY}/experiments/0/r/artifacts`,
      'experiments/0/r/artifacts',
    ],
    ['http://h', 'mlflow-artifacts:/my runs/ü#1/r', `http://h${PROXY}/my%20runs/%C3%BC%231/r`, 'my runs/ü#1/r'],
  ])('%s, %s', (trackingUri, artifactUri, fileRoot, path) => {
    expect(buildArtifactAddress(trackingUri, artifactUri)).toMatchObject({ kind: 'http', fileRoot, path })
  })

  it('lists at the server that has the files', () => {
    const address = buildArtifactAddress('http://h', `https://a${PROXY}/x/1/r/artifacts`)
    expect(address).toMatchObject({ listRoot: `https://a${PROXY}` })
  })

  it.each([
    ['s3://bucket/1/r/artifacts', 's3'],
    ['file:///srv/ml/1/r/artifacts', 'file'],
    ['/srv/ml/1/r/artifacts', 'file'],
    ['wasbs://c@a.blob.core.windows.net/x', 'wasbs'],
  ])('%s is reached by clients themselves', (artifactUri, scheme) => {
    expect(buildArtifactAddress('http://h', artifactUri)).toEqual({ kind: 'direct', scheme })
  })
})

describe('joinUrl', () => {
  it('encodes segments and keeps escapes', () => {
    expect(joinUrl('http://h/a/', '/b c//d%20e/50%/?#.txt')).toBe('http://h/a/b%20c/d%20e/50%25/%3F%23.txt')
  })
})
