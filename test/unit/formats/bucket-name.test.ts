import { describe, expect, it } from 'vitest'
import { objectPrefixOf, whyNotBucketName } from '../../../src/formats/bucket-name.ts'

describe('whyNotBucketName', () => {
  it.each(['mlflow', 'abc', 'a.b.c', '0-9', 'a'.repeat(63), '1.2.3.4.5'])('takes %s', (name) => {
    expect(whyNotBucketName(name)).toBeUndefined()
  })

  it.each([
    ['', 'is empty'],
    ['MLflow', 'has capital letters'],
    ['my_bucket', 'has an underscore'],
    ['my bucket', 'has other characters'],
    ['büro', 'has other characters'],
    ['ab', 'is too short'],
    ['a'.repeat(64), 'is too long'],
    ['-mlflow', 'must begin and end'],
    ['mlflow.', 'must begin and end'],
    ['a..b', 'has two dots'],
    ['192.168.5.4', 'looks like an IP address'],
    ['xn--mlflow', 'as only names of AWS itself may'],
    ['mlflow--x-s3', 'as only names of AWS itself may'],
    ['s3://mlflow', 'is an address'],
    ['mlflow/team', 'has a / in it'],
  ])('refuses %s', (name, why) => {
    expect(whyNotBucketName(name)).toContain(why)
  })
})

describe('objectPrefixOf', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['team', 'team'],
    ['/team/mlflow/', 'team/mlflow'],
    ['v1.0_final-2', 'v1.0_final-2'],
  ])('reads %s', (text, prefix) => {
    expect(objectPrefixOf(text)).toEqual({ prefix })
  })

  it.each([
    ['s3://mlflow/team', 'is an address'],
    ['a//b', 'two slashes'],
    ['a/../b', 'as the name of a folder'],
    ['team mlflow', 'other characters'],
    ['a?b', 'other characters'],
    ['a'.repeat(513), 'is longer'],
  ])('refuses %s', (text, problem) => {
    expect(objectPrefixOf(text)).toEqual({ problem: expect.stringContaining(problem) })
  })
})
