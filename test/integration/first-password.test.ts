import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  buildStartedMark,
  compareStartedMarks,
  readStartedMark,
  writeStartedMark,
} from '../../src/actions/services/started-mark.ts'
import { rememberAdminPassword } from '../../src/commands/users/remember-admin-password.ts'
import { renderMarked } from '../../src/formats/content-mark.ts'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { makeFiles } from '../../src/ports/files.ts'
import { Secret } from '../../src/secret.ts'
import type { Stack } from '../../src/stack/spec.ts'
import { targetOf } from '../../src/targets/target-table.ts'
import { fakeStack, SECURED } from '../fakes/stack.ts'

const files = makeFiles()
let stack: Stack

beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mlflow-setup-first-'))
  stack = fakeStack(5, { ...SECURED, auth: { kind: 'basic-auth', adminUser: 'admin' } }, directory)
  await mkdir(join(directory, '.mlflow-setup'))
  const text =
    'MLFLOW_SETUP_ADMIN_PASSWORD=former\n# MLFLOW_AUTH_ADMIN_PASSWORD=no\nMLFLOW_AUTH_ADMIN_PASSWORD=former\nA=1\n'
  await writeFile(join(directory, '.env'), renderMarked(text, '#'), { mode: 0o600 })
})
afterEach(() => rm(stack.directory, { recursive: true }))

const groups = () =>
  targetOf('native')
    .actions(stack)
    .flatMap((action) => (action.kind === 'run-services' ? [action.input] : []))

/** Why each group would be started again, or undefined. */
const reasons = () =>
  Promise.all(
    groups().map(async (input) =>
      compareStartedMarks(await readStartedMark(input, files), await buildStartedMark(input, files)),
    ),
  )

describe('a new password of the first user', () => {
  it('stands in .env, everything else as it was, and no service has to be started again', async () => {
    for (const input of groups()) await writeStartedMark(input, await buildStartedMark(input, files), files)
    await rememberAdminPassword(stack, new Secret('a $new one'), { files })
    const path = join(stack.directory, '.env')
    const text = await readFile(path, 'utf8')
    expect(parseEnvFile(text)).toEqual({
      MLFLOW_SETUP_ADMIN_PASSWORD: 'a $new one',
      MLFLOW_AUTH_ADMIN_PASSWORD: 'a $new one',
      A: '1',
    })
    expect(text).toContain('\n# MLFLOW_AUTH_ADMIN_PASSWORD=no\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await reasons()).toEqual(groups().map(() => undefined))
  })

  it('does not hide that a service is out of date for another reason', async () => {
    for (const input of groups()) await writeStartedMark(input, await buildStartedMark(input, files), files)
    const path = join(stack.directory, '.env')
    await writeFile(path, `${await readFile(path, 'utf8')}B=2\n`)
    await rememberAdminPassword(stack, new Secret('new'), { files })
    expect(await reasons()).toContain('.env changed')
  })
})
