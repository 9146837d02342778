// A notebook and a served model beside a stack of containers, through the whole program, on a real engine.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { composeIn, containerEngine, docker, inspectService } from '../testbed/containers.ts'
import { openJupyter, type Jupyter, type NotebookLogin } from '../testbed/jupyter.ts'
import { need } from '../testbed/need.ts'
import { eventually, freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

const ENGINE = 'a Docker engine with the images of a stack'
const LONG = 280_000

/** Two versions of a model, the second with a package that no image has, one whose packages nobody has, and one with pickled code of a Python that nobody has. */
const TRAIN = `
import mlflow, pandas, pathlib
from sklearn.linear_model import LinearRegression
mlflow.set_experiment("served")
x = pandas.DataFrame({"a": [1.0, 2, 3, 4], "b": [0.0, 1, 0, 1]})
for factor, packages in ((2, []), (3, ["humanize==4.9.0"])):
    model = LinearRegression().fit(x, factor * x.a + x.b)
    with mlflow.start_run():
        known = {"registered_model_name": "line", "input_example": x[:2], "extra_pip_requirements": packages}
        mlflow.sklearn.log_model(model, name="model", **known)
class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * value for value in model_input["a"]]
with mlflow.start_run() as run:
    mlflow.pyfunc.save_model("unknown-package", python_model=Twice(), pip_requirements=["no-such-package-as-this==1.0"])
    mlflow.pyfunc.save_model("old-python", python_model=Twice(), pip_requirements=["pandas"])
    pathlib.Path("old-python/python_env.yaml").write_text("python: 3.5.0")
    for name in ("unknown-package", "old-python"):
        mlflow.log_artifacts(name, name)
client = mlflow.MlflowClient()
client.set_registered_model_alias("line", "champion", "1")
print("trained", run.info.run_id)
`

let sandbox: Sandbox
const engine = await containerEngine()

beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

describe('beside scenario 5', () => {
  let directory: string
  let url: string
  let login: NotebookLogin
  let jupyter: Jupyter
  let broken: string
  const serve = (uri: string) => sandbox.run(['model', 'serve', uri, '--json', '--dir', directory])
  const ping = async (who: NotebookLogin | undefined) => (await openJupyter(`${url}/model`, who).get('/ping')).status

  it(
    'a notebook is set up with the stack',
    async (context) => {
      need(context, engine, ENGINE)
      directory = join(sandbox.home, 'guests')
      url = `https://localhost:${await freePort()}/ml`
      const answers = {
        scenario: 5,
        target: 'compose',
        dir: directory,
        name: `e2e-guests-${process.pid}`,
        notebook: 'yes',
      }
      const stores = { 'public-url': url, 'backend-store': 'sqlite', 'artifact-store': 'local' }
      const flags = Object.entries({ ...answers, ...stores }).flatMap(([flag, value]) => [`--${flag}`, String(value)])
      const ran = await sandbox.run(['--yes', ...flags])
      expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
      expect(ran.out).toContain(`${url}/notebook/`)
      const secrets = parseEnvFile(await readFile(join(directory, '.env'), 'utf8'))
      const password = secrets['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? ''
      login = { user: 'admin', password, ca: await readFile(join(directory, 'tls/ca.pem'), 'utf8') }
      jupyter = openJupyter(`${url}/notebook`, login)
    },
    LONG,
  )

  it(
    'a run of it is on the server, and nothing of the stack is in its environment',
    async (context) => {
      need(context, engine, ENGINE)
      expect(
        await jupyter.run(
          'import os; print(sorted(name for name in os.environ if "PASS" in name or "SECRET" in name))',
        ),
      ).toBe('[]\n')
      const printed = await jupyter.run(TRAIN)
      const [, bad] = /trained ([0-9a-f]{32})/.exec(printed) ?? []
      expect(bad, printed).toBeDefined()
      broken = `runs:/${bad}`
    },
    LONG,
  )

  it('lets in nobody without the password, and no page of others', async (context) => {
    need(context, engine, ENGINE)
    expect((await openJupyter(`${url}/notebook`, undefined).get('/api')).status).toBe(401)
    expect(await jupyter.runFrom('https://evil.example')).toBe(403)
    const { HostConfig, Config } = await inspectService(directory, 'notebook')
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], PortBindings: {} })
    expect(Config.User).toBe('10001:10001')
  })

  it(
    'a model is served, and predicts',
    async (context) => {
      need(context, engine, ENGINE)
      const { code, out } = await serve('models:/line@champion')
      expect([code, out]).toEqual([0, expect.stringContaining('predicts')])
      const { predictions } = JSON.parse(out).answer
      expect(JSON.parse(out)).toMatchObject({
        uri: 'models:/line@champion',
        url: `${url}/model/invocations`,
        warnings: [],
      })
      expect(predictions.map(Math.round)).toEqual([2, 5])
      // The notebook has nothing that the image lacks.
      expect(await composeIn(directory, 'exec', '-T', 'model', 'cat', '/model/current')).not.toContain('environments')
      expect(await ping(login)).toBe(200)
      expect(await ping(undefined)).toBe(401)
      expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
    },
    LONG,
  )

  it('has no way out, no secret, and nothing that it could write to', async (context) => {
    need(context, engine, ENGINE)
    const { HostConfig, Config, Id } = await inspectService(directory, 'model')
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], PortBindings: {} })
    expect(Config.User).toBe('10001:10001')
    expect(await docker('inspect', '--format', '{{json .Config.Env}}', Id)).not.toMatch(/PASSWORD|SECRET|_KEY/)
    const script = `
import socket, pathlib
def fails(work):
    try: work()
    except OSError: return True
    return False
print(fails(lambda: socket.create_connection(("mlflow", 5000), 2)), fails(lambda: pathlib.Path("/model/new").touch()))`
    expect(await composeIn(directory, 'exec', '-T', 'model', 'python', '-c', script)).toBe('True True')
  })

  it(
    'follows its alias when it is served again, to a model with packages of its own',
    async (context) => {
      need(context, engine, ENGINE)
      await jupyter.run('import mlflow; mlflow.MlflowClient().set_registered_model_alias("line", "champion", "2")')
      const { code, out } = await serve('models:/line@champion')
      expect(code).toBe(0)
      expect(JSON.parse(out).answer.predictions.map(Math.round)).toEqual([3, 7])
      const current = await composeIn(directory, 'exec', '-T', 'model', 'cat', '/model/current')
      expect(current).toContain('/model/environments/')
    },
    LONG,
  )

  it('refuses a model that the server does not know, and changes nothing', async (context) => {
    need(context, engine, ENGINE)
    for (const uri of ['models:/line/77', 'models:/nobody@champion', 'runs:/00000000000000000000000000000000/model']) {
      const { code, out } = await serve(uri)
      expect([code, out]).toEqual([2, expect.stringMatching(/model\.unknown.*Nothing was changed/s)])
    }
    const { code, out } = await serve('s3://bucket/model')
    expect([code, out]).toEqual([2, expect.stringContaining('model.uri')])
    expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
  })

  it(
    'serves on what it has where another one cannot be served',
    async (context) => {
      need(context, engine, ENGINE)
      const cases = {
        'unknown-package': 'The packages that the model asks for cannot be installed',
        'old-python': 'made with Python 3.5, which cannot be had here, and python_model.pkl works with no other',
      }
      for (const [folder, words] of Object.entries(cases)) {
        const { code, out } = await serve(`${broken}/${folder}`)
        expect([code, out]).toEqual([1, expect.stringContaining(words)])
        expect(await ping(login)).toBe(200)
      }
      // Nor do they stand in the way of what comes later.
      expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
    },
    LONG,
  )

  it(
    'predicts again after a restart without the server, without a network',
    async (context) => {
      need(context, engine, ENGINE)
      await composeIn(directory, 'stop', 'mlflow')
      await composeIn(directory, 'restart', '--no-deps', 'model')
      await eventually(
        () => ping(login),
        (status) => status === 200,
        60_000,
      )
      expect((await inspectService(directory, 'mlflow')).State.Pid).toBe(0)
      await composeIn(directory, 'start', 'mlflow')
    },
    LONG,
  )

  it(
    'is gone when it is stopped, with its files',
    async (context) => {
      need(context, engine, ENGINE)
      const { code, out } = await sandbox.run(['model', 'stop', '--dir', directory])
      expect([code, out]).toEqual([0, expect.stringContaining('no longer')])
      expect(await composeIn(directory, 'ps', '--all', '--services')).not.toContain('model')
      expect(await docker('volume', 'ls', '--quiet')).not.toContain(`e2e-guests-${process.pid}_model-files`)
      const networks = await docker('network', 'ls', '--format', '{{.Name}}')
      expect(networks).not.toMatch(new RegExp(`e2e-guests-${process.pid}_(model|packages)`))
      expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
    },
    LONG,
  )
})
