import { describe, expect, it } from 'vitest'
import { bucketInEndpoint, consoleAt, objectStoreEndpointOf } from '../../../src/formats/object-store-endpoint.ts'

describe('objectStoreEndpointOf', () => {
  it.each([
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['HTTPS://Store.Example/', 'https://store.example'],
    ['https://s3.eu-north-1.example:443', 'https://s3.eu-north-1.example'],
    ['http://[::1]:8333', 'http://[::1]:8333'],
  ])('reads %s', (text, href) => {
    expect(objectStoreEndpointOf(text)).toMatchObject({ href })
  })

  it.each([
    ['', 'is empty'],
    ['10.0.0.5:9000', 'has no scheme; write http://10.0.0.5:9000 or https://10.0.0.5:9000'],
    ['store.example', 'has no scheme; write http://store.example'],
    ['s3://mlflow', 'is the address of a bucket'],
    ['ftp://store.example', 'must start with http:// or https://'],
    ['http://key:secret@store.example', 'has a login in it'],
    ['http://store.example:9000/mlflow', 'has a path; write http://store.example:9000 and name the bucket separately'],
    ['http://store.example/?x=1', 'must end before ?'],
    ['http://0.0.0.0:9000', 'is a listen address'],
    ['http://my_minio:9000', 'has an underscore in its host name'],
    ['http://store.example:0', 'has port 0'],
    ['http://', 'is not an address'],
  ])('refuses %s', (text, problem) => {
    expect(objectStoreEndpointOf(text)).toEqual({ problem: expect.stringContaining(problem) })
  })
})

describe('bucketInEndpoint', () => {
  it.each([
    [
      'https://mlflow.store.example:9000',
      'mlflow',
      'begins with the name of the bucket; write https://store.example:9000',
    ],
    ['https://mlflow.s3.amazonaws.com', 'mlflow', 'begins with the name of the bucket; write https://s3.amazonaws.com'],
    ['https://store.example', 'mlflow', undefined],
    ['https://mlflow:9000', 'mlflow', undefined],
    ['https://mlflow.example', 'mlflow', undefined],
  ])('%s and %s', (endpoint, bucket, problem) => {
    expect(bucketInEndpoint(new URL(endpoint), bucket)).toBe(problem)
  })
})

it('knows the ports of web consoles', () => {
  expect(consoleAt(new URL('http://10.0.0.5:9001'))).toContain('9000')
  expect(consoleAt(new URL('http://10.0.0.5:9000'))).toBeUndefined()
})
