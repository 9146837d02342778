import { describe, expect, it } from 'vitest'
import { majorOfTag, parseImageName, whyNotImage } from '../../../src/formats/image-name.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('the name of an image', () => {
  it.each([
    ['postgres:17', { name: 'postgres', tag: '17', digest: undefined }],
    ['chrislusf/seaweedfs:4.47', { name: 'chrislusf/seaweedfs', tag: '4.47', digest: undefined }],
    [`ghcr.io/mlflow/mlflow@${DIGEST}`, { name: 'ghcr.io/mlflow/mlflow', tag: undefined, digest: DIGEST }],
    [`postgres:17@${DIGEST}`, { name: 'postgres', tag: '17', digest: DIGEST }],
    [
      'localhost:5000/team/nginx:1.30-alpine',
      { name: 'localhost:5000/team/nginx', tag: '1.30-alpine', digest: undefined },
    ],
    ['Harbor.Corp/a__b/c-d.e:v1', { name: 'Harbor.Corp/a__b/c-d.e', tag: 'v1', digest: undefined }],
    ['nginx', { name: 'nginx', tag: undefined, digest: undefined }],
  ])('%s', (text, parts) => {
    expect(parseImageName(text)).toEqual(parts)
  })

  it.each([
    '',
    ' ',
    'Nginx',
    'nginx:',
    'nginx:a b',
    '/nginx:1',
    'nginx//a:1',
    'nginx:1@sha256:12',
    'https://x/y:1',
    '-a:1',
  ])('is none: %j', (text) => {
    expect(parseImageName(text)).toBeUndefined()
  })
})

describe('an image that a stack runs', () => {
  it.each(['build', 'postgres:17', `nginx@${DIGEST}`, `nginx:latest@${DIGEST}`])(
    'is one that stays the same: %s',
    (text) => {
      expect(whyNotImage(text)).toBeUndefined()
    },
  )

  it.each([
    ['nginx', 'names no version'],
    ['localhost:5000/nginx', 'names no version'],
    ['nginx:latest', 'is whatever is newest on the day it is pulled'],
    ['My Image', 'is not the name of an image'],
  ])('%s %s', (text, why) => {
    expect(whyNotImage(text)).toContain(why)
  })

  it.each([
    ['postgres:17', 17],
    ['postgres:18.1-trixie', 18],
    ['harbor.corp:8443/postgres:v16', 16],
    [`postgres:17@${DIGEST}`, 17],
    ['postgres:trixie', undefined],
    [`postgres@${DIGEST}`, undefined],
    ['', undefined],
  ])('the major version of %s is %s', (text, major) => {
    expect(majorOfTag(text)).toBe(major)
  })
})
