import { describe, expect, it } from 'vitest'
import { formatStoreChanges } from '../../../src/report/store-changes.ts'
import { makeStyle } from '../../../src/report/style.ts'
import type { StackSpec } from '../../../src/stack/spec.ts'
import { BUCKET, containerBucket, fakeComposeStack, fakeStack, MANAGED_POSTGRES, SECURED } from '../../fakes/stack.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'

/** In one line, as the words are. */
const told = (before: StackSpec | undefined, after: StackSpec) =>
  formatStoreChanges(before, after, makeStyle(makeFakeTerminal(), '/home/ada'), 80).join(' ')

const one = fakeStack(3).spec
const direct = fakeStack(4).spec
const served = fakeStack(5, SECURED).spec
const contained = fakeComposeStack(5).spec
const small = fakeComposeStack(3).spec
const elsewhere = { ...BUCKET, bucket: 'new', prefix: 'team' }

interface Case {
  readonly what: string
  readonly before: StackSpec | undefined
  readonly after: StackSpec
  readonly says: RegExp
}

const CASES: readonly Case[] = [
  { what: 'a first stack', before: undefined, after: one, says: /^$/ },
  { what: 'another address', before: one, after: { ...one, publicUrl: 'http://127.0.0.1:5001' }, says: /^$/ },
  {
    what: 'another database, and by that everything',
    before: one,
    after: served,
    says: /^! The runs so far stay in data\/mlflow\.db, and their files in data\/artifacts: nothing is moved, and nothing is deleted\. From now on the server works with database mlflow of the stack's PostgreSQL\.$/,
  },
  {
    what: 'another bucket behind the server, which alone knows where files are',
    before: served,
    after: { ...served, artifactStore: elsewhere },
    says: /^! The files so far stay in s3:\/\/mlflow at .*, but the server looks for all files in s3:\/\/new\/team at .* from now on\. Copy them/,
  },
  {
    what: 'another bucket that clients go to, which experiments name',
    before: direct,
    after: { ...direct, artifactStore: elsewhere },
    says: /^! The experiments so far keep their files in s3:\/\/mlflow at .*New ones get s3:\/\/new\/team at /,
  },
  {
    what: 'clients that shall go to the bucket themselves',
    before: served,
    after: direct,
    says: /^! The files so far stay in s3:\/\/mlflow at .*through a server that hands files out, which scenario 4 has not/,
  },
  {
    what: 'clients that shall no longer go to the bucket',
    before: direct,
    after: served,
    says: /^! For the experiments so far, clients still go to s3:\/\/mlflow/,
  },
  {
    what: 'a server over the files of scripts',
    before: fakeStack(2).spec,
    after: one,
    says: /^$/,
  },
  {
    what: 'another login',
    before: served,
    after: { ...served, auth: { kind: 'basic-auth', adminUser: 'admin' } },
    says: /^! The users so far stay in nginx's password file, .* Only admin can log in, until mlflow-setup user add /,
  },
  {
    what: 'a cluster of the stack in place of another database',
    before: { ...served, backendStore: { ...postgresElsewhere() } },
    after: { ...served, backendStore: MANAGED_POSTGRES },
    says: /^! The runs so far stay in database runs at db\.example:5432, /,
  },
  {
    what: 'another program for the bucket of containers, whose volume the first one cannot read',
    before: contained,
    after: { ...contained, artifactStore: containerBucket('rustfs') },
    says: /^! The files so far stay in s3:\/\/mlflow of the stack's SeaweedFS, but the server looks for all files in s3:\/\/mlflow of the stack's RustFS/,
  },
  {
    what: 'a disk in place of the volume',
    before: small,
    after: { ...small, artifactStore: { kind: 'local', path: '/mnt/files' } },
    says: /^! The files so far stay in the volume mlflow_mlflow-data, but the server looks for all files in \/mnt\/files /,
  },
  {
    what: 'PostgreSQL in place of a file in a volume',
    before: { ...contained, backendStore: { kind: 'sqlite', path: 'data/mlflow.db' } },
    after: contained,
    says: /^! The runs so far stay in the volume mlflow_mlflow-data, and their files in s3:\/\/mlflow of the stack's SeaweedFS: /,
  },
]

function postgresElsewhere() {
  const server = { host: 'db.example', port: 5432, sslMode: 'require', caFile: undefined, admin: 'none' } as const
  return { kind: 'postgres', managed: false, database: 'runs', user: 'mlflow', ...server } as const
}

describe('what becomes of what is there', () => {
  it.each(CASES)('is told for $what', ({ before, after, says }) => {
    expect(told(before, after)).toMatch(says)
  })
})
