// In: one mistake at a time, with a stack of containers. Out: one error that names input, reason and cure, and nothing was changed.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { containerEngine, docker } from '../testbed/containers.ts'
import { need } from '../testbed/need.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

const ENGINE = 'a Docker engine with the images of a stack'
const engine = await containerEngine()
const PROJECT = `e2e-input-${process.pid}`

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

const containersOf = (name: string) =>
  docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${name}`)

interface Mistake {
  readonly scenario?: number
  readonly flags: readonly string[]
  /** What the error says, in this order. */
  readonly says: RegExp
}

const MISTAKES: readonly Mistake[] = [
  { flags: ['--proxy', 'system'], says: /--proxy.*"system".*native only; take managed/s },
  { flags: ['--service', 'systemd'], says: /--service.*the engine keeps containers running/s },
  { flags: ['--run-as', 'mlflow'], says: /--run-as.*does not apply/s },
  { flags: ['--python', '/usr/bin/python3'], says: /--python.*in containers.*--target/s },
  { flags: ['--nginx', '/usr/sbin/nginx'], says: /--nginx.*--target/s },
  { flags: ['--postgres-programs', '/usr/bin'], says: /--postgres-programs.*--target/s },
  { flags: ['--port', '5000'], says: /--port.*does not apply/s },
  { flags: ['--managed-s3', 'minio'], says: /--managed-s3.*"minio".*seaweedfs, rustfs, none/s },
  { flags: ['--mlflow-image', 'registry.example/mlflow'], says: /--mlflow-image.*names no version.*tag/s },
  { flags: ['--mlflow-image', 'mlflow:latest'], says: /--mlflow-image.*newest on the day.*tag of a version/s },
  { flags: ['--postgres-host', '/var/run/postgresql'], says: /--postgres-host.*socket/s },
  { scenario: 2, flags: [], says: /--target.*"compose".*scenario 2.*native/s },
  {
    scenario: 4,
    flags: ['--s3-public-endpoint', 'https://elsewhere.example:9000'],
    says: /--s3-public-endpoint.*is not at\s+https:\/\/localhost.*only the port may differ/s,
  },
]

describe('a stack of containers refuses', () => {
  it.each(MISTAKES)('$flags in one error, before anything is changed', async ({ scenario = 5, flags, says }) => {
    const directory = join(sandbox.home, 'refused')
    const address = scenario === 2 ? [] : ['--public-url', 'https://localhost:18443']
    const common = ['--yes', '--scenario', String(scenario), '--target', 'compose', '--dir', directory]
    const ran = await sandbox.run([...common, ...address, ...flags])
    expect([ran.code, ran.out]).toEqual([2, ''])
    expect(ran.err).toMatch(says)
    expect(ran.err).toContain('Nothing was changed.')
    expect(existsSync(directory)).toBe(false)
  })

  it('a port that another program has, by the name of that program', async (context) => {
    need(context, engine, ENGINE)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const directory = join(sandbox.home, 'port')
    const flags = ['--scenario', '5', '--target', 'compose', '--dir', directory, '--name', PROJECT]
    const ran = await sandbox.run(['--yes', ...flags, '--public-url', `https://localhost:${port}`])
    server.close()
    expect(ran.code).toBe(2)
    expect(ran.err).toMatch(new RegExp(`port ${port} is taken by node \\(pid ${process.pid}\\)`))
    expect([existsSync(directory), await containersOf(PROJECT)]).toEqual([false, ''])
  })

  it('nothing that it cannot pull without saying which image, why, and what to do; a second run goes on', async (context) => {
    need(context, engine, ENGINE)
    const directory = join(sandbox.home, 'offline')
    const url = `http://127.0.0.1:${await freePort()}`
    const flags = ['--scenario', '3', '--target', 'compose', '--dir', directory, '--name', PROJECT, '--public-url', url]
    const image = 'registry.invalid/mlflow:3.17.2'
    const ran = await sandbox.run(['--yes', ...flags, '--mlflow-image', image])
    expect(ran.code).toBe(1)
    expect(ran.err).toMatch(
      /image registry\.invalid\/mlflow:3\.17\.2 could not be pulled.*cannot be reached.*mlflow-setup apply/s,
    )
    expect(await containersOf(PROJECT)).toBe('')
    const spec = join(directory, 'mlflow-setup.yaml')
    await writeFile(spec, (await readFile(spec, 'utf8')).replace(image, 'build'))
    const again = await sandbox.run(['apply', '--dir', directory])
    expect([again.code, again.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(again.out).toMatch(/Proven .*steps passed/)
  })
})
