// In: nothing. Out: every question, in the order in which they are resolved: a later one may look at earlier answers.
import type { Question } from './question.ts'
import { adminPasswordFile, adminUser, auth } from './questions/login.ts'
import { installPackages, mlflowImage, notebook, python, runAs, service } from './questions/machine.ts'
import {
  postgres,
  postgresAdmin,
  postgresDatabase,
  postgresHost,
  postgresPort,
  postgresPrograms,
  postgresUser,
} from './questions/postgres.ts'
import { postgresCaFile, postgresSslmode } from './questions/postgres-tls.ts'
import { postgresAdminUrlFile, postgresPasswordFile } from './questions/postgres-secrets.ts'
import { testClient } from './questions/proof.ts'
import { allowFrom, nginx, proxy, tls, tlsCert, tlsKey } from './questions/proxy.ts'
import { managedS3 } from './questions/managed-s3.ts'
import { awsProfile, s3Credentials } from './questions/s3-keys.ts'
import {
  s3Addressing,
  s3Bucket,
  s3CaFile,
  s3Checksums,
  s3Endpoint,
  s3Prefix,
  s3PublicEndpoint,
  s3Region,
} from './questions/s3.ts'
import { artifactsPort, publicUrl, serverPort, workers } from './questions/server.ts'
import { dir, mlflowVersion, name, scenario, target } from './questions/stack.ts'
import { artifactStore, backendStore } from './questions/stores.ts'

const STACK = [scenario, target, dir, name, mlflowVersion]
const SERVER = [publicUrl, proxy, nginx, tls, tlsCert, tlsKey, allowFrom, serverPort, artifactsPort]
const LOGIN = [auth, adminUser, adminPasswordFile]
const POSTGRES = [
  postgres,
  postgresPrograms,
  postgresHost,
  postgresPort,
  postgresAdmin,
  postgresDatabase,
  postgresUser,
  postgresSslmode,
  postgresCaFile,
  postgresAdminUrlFile,
  postgresPasswordFile,
]
const S3 = [
  managedS3,
  s3Endpoint,
  s3Bucket,
  s3Prefix,
  s3Region,
  s3PublicEndpoint,
  s3CaFile,
  s3Addressing,
  s3Checksums,
  s3Credentials,
  awsProfile,
]
const MACHINE = [workers, service, runAs, mlflowImage, notebook, installPackages, python]

export const CATALOGUE: readonly Question[] = [
  ...STACK,
  ...SERVER,
  ...LOGIN,
  backendStore,
  ...POSTGRES,
  artifactStore,
  ...S3,
  ...MACHINE,
  testClient,
]
