// Clients of a whole scenario 4: the real Python client with what the client command gives, and nothing else.
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { issue, joinFiles } from '../testbed/certificates.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { openSandbox, productionStack } from '../testbed/production.ts'
import { BIN, makeSandbox, type Ran, type Sandbox } from '../testbed/sandbox.ts'
import { startStorage, storageProgram, type StorageServer } from '../testbed/storage-server.ts'

const run = promisify(execFile)
/** What somebody has who also works with AWS, in the line ends of another system. */
const CONFIG =
  '# mine\r\n[default]\r\nregion = eu-north-1\r\n\r\n[profile old]\r\ns3 =\r\n    addressing_style = virtual\r\n'
const CREDENTIALS = '[default]\naws_access_key_id = AKIDMINE\naws_secret_access_key = a#b;c\n'

let sandbox: Sandbox
let postgres: PostgresServerUnderTest | undefined
let storage: StorageServer | undefined
let directory: string
let python: string
let made: Ran | undefined

// Behind a certificate of an authority of the company's own, with the store behind another one.
beforeAll(async () => {
  if ((await postgresPrograms(15)) === undefined || storageProgram('minio') === undefined) return
  sandbox = await makeSandbox()
  await openSandbox(sandbox)
  postgres = await startPostgres({ major: 15 })
  storage = await startStorage('minio', { tls: true, region: 'eu-test-1' })
  python = await mlflowPython(PINNED_MLFLOW_VERSION)
  const at = (name: string) => join(sandbox.home, name)
  await copyFile(storage.caFile ?? '', at('store.pem'))
  const root = await issue(sandbox.home, { name: 'company', authority: true })
  const own = await issue(sandbox.home, { name: 'server', hosts: ['localhost'], issuer: root })
  await joinFiles(at('chain.pem'), [own.certificate, root.certificate])
  const stack = await productionStack(sandbox, 4, { postgres, storage, name: 'lab' })
  directory = stack.directory
  const certificates = ['--tls', 'files', '--tls-cert', at('chain.pem'), '--tls-key', own.key]
  const bucket = ['--s3-ca-file', at('store.pem'), '--s3-region', 'eu-test-1']
  made = await sandbox.run(
    ['--yes', ...stack.flags, ...certificates, ...bucket, '--test-client', 'rest'],
    stack.options,
  )
  if (made.code !== 0) throw new Error(made.err)
})
afterAll(async () => {
  await sandbox?.remove()
  await Promise.all([postgres?.stop(), storage?.stop()])
})

/** A day of work: a run with a file of several parts, and a model that is registered and loaded again. */
const WORK = `
import mlflow, os, tempfile
os.environ['MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT'] = 'true'
class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input): return [2 * x for x in model_input]
mlflow.set_experiment('clients')
with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
    mlflow.log_metric('loss', 0.5)
    with open(os.path.join(folder, 'weights'), 'wb') as file: file.write(b'x' * 60_000_000)
    mlflow.log_artifact(file.name)
    mlflow.pyfunc.log_model(name='model', python_model=Twice(), registered_model_name='twice')
print(run.info.artifact_uri.split(':')[0], [file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)])
print(os.path.getsize(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path='weights')))
print(mlflow.pyfunc.load_model('models:/twice/1').predict([1, 2]))
`
const DONE = "s3 ['weights']\n60000000\n[2, 4]\n"

/** On a machine that has a PATH and a home, and what the test adds. */
async function execute(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const bare = { PATH: process.env['PATH'] ?? '', HOME: sandbox.home, AWS_EC2_METADATA_DISABLED: 'true' }
  const { stdout } = await run(file, args, { cwd: sandbox.home, env: { ...bare, ...env }, maxBuffer: 1e8 })
  return stdout
}

const variablesOf = (out: string): Record<string, string> =>
  Object.fromEntries(JSON.parse(out).variables.map(({ name, value }: { name: string; value: string }) => [name, value]))

describe('a client of scenario 4', () => {
  const READY = 'PostgreSQL 15 and MinIO'

  it('gets the lines at the end of the set-up, the certificate of the private authority among them', async (context) => {
    need(context, made, READY)
    expect([made?.code, made?.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(made?.out).toContain(`export MLFLOW_TRACKING_SERVER_CERT_PATH=${directory}/tls/certificate.pem`)
  })

  it('works with nothing but the profile, the address and the login', async (context) => {
    need(context, made, READY)
    const files = { config: join(sandbox.home, '.aws/config'), credentials: join(sandbox.home, '.aws/credentials') }
    await mkdir(join(sandbox.home, '.aws'))
    await Promise.all([writeFile(files.config, CONFIG), writeFile(files.credentials, CREDENTIALS)])
    const written = await sandbox.run(['client', '--write-aws', '--json', '--dir', directory])
    expect([written.code, written.err]).toEqual([0, ''])
    const variables = variablesOf(written.out)
    expect(Object.keys(variables)).toEqual([
      'MLFLOW_TRACKING_URI',
      'MLFLOW_TRACKING_USERNAME',
      'MLFLOW_TRACKING_PASSWORD',
      'MLFLOW_TRACKING_SERVER_CERT_PATH',
      'AWS_PROFILE',
    ])
    expect(await execute(python, ['-c', WORK], variables)).toBe(DONE)
    const removed = await sandbox.run(['client', '--remove-aws', '--dir', directory])
    expect([removed.code, await readFile(files.config, 'utf8'), await readFile(files.credentials, 'utf8')]).toEqual([
      0,
      CONFIG,
      CREDENTIALS,
    ])
    await expect(execute(python, ['-c', WORK], variables)).rejects.toThrow(
      'The config profile (lab) could not be found',
    )
  })

  it('works in a shell that has loaded the variables, and not without the certificate', async (context) => {
    need(context, made, READY)
    const script = `lines="$("$0" "$1" client --dir "$2")" && eval "$lines" && exec "$3" -c "$4"`
    const words = ['-c', script, process.execPath, BIN, directory, python]
    expect(await execute('sh', [...words, WORK])).toBe(DONE)
    const unknown = `import os; del os.environ['MLFLOW_TRACKING_SERVER_CERT_PATH']; os.environ['MLFLOW_HTTP_REQUEST_MAX_RETRIES'] = '0'\n${WORK}`
    await expect(execute('sh', [...words, unknown])).rejects.toThrow('certificate verify failed')
  })
})
