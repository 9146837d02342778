import { describe, expect, it } from 'vitest'
import { renderComposeFiles } from '../../fakes/compose-files.ts'
import { fakeComposeStack, fakeStack } from '../../fakes/stack.ts'
import { answersFromStack, stackFromAnswers } from '../../../src/stack/from-answers.ts'
import { secretNames } from '../../../src/stack/secrets.ts'
import { parseSpec } from '../../../src/stack/spec-file.ts'
import type { Stack } from '../../../src/stack/spec.ts'
import { renderSpec } from '../../../src/stack/write-spec.ts'
import { compose } from '../../../src/targets/compose/compose.ts'

const GUESTS = { notebook: true, model: { uri: 'models:/fraud@champion' } } as const
const MLFLOWS = { auth: { kind: 'basic-auth', adminUser: 'ada' }, publicUrl: 'https://ml.example/team' } as const

const STACKS: Readonly<Record<string, Stack>> = {
  guests: fakeComposeStack(5, GUESTS),
  'guests-with-keys': fakeComposeStack(4, { ...GUESTS, ...MLFLOWS }),
}
const SHOWN = ['compose.yaml', 'notebook.env', 'notebook/Dockerfile', 'model/Dockerfile', 'nginx/nginx.conf']

describe.each(Object.entries(STACKS))('%s', (folder, stack) => {
  const files = renderComposeFiles(stack)
  it.each(SHOWN)('%s', async (name) => {
    await expect(files[name]).toMatchFileSnapshot(`../../snapshots/compose/${folder}/${name}`)
  })
})

/** A service's lines in compose.yaml. */
function serviceIn(stack: Stack, name: string): string {
  const text = renderComposeFiles(stack)['compose.yaml'] ?? ''
  return new RegExp(String.raw`^  ${name}:\n((?:    .*\n)+)`, 'm').exec(text)?.[1] ?? ''
}

describe('the served model', () => {
  it.each(Object.keys(STACKS))(
    '%s: neither it nor who installs its packages has a secret or a way to the stores',
    (name) => {
      const stack = STACKS[name] ?? fakeStack()
      const served = serviceIn(stack, 'model')
      const packages = serviceIn(stack, 'model-packages')
      expect(`${served}${packages}`).not.toMatch(/env_file|PASSWORD|SECRET|\$\{/)
      expect(served).toContain('networks: [model]\n')
      expect(served).toContain('model-files:/model:ro')
      expect(packages).toContain('networks: [packages]\n')
    },
  )

  it('is prepared before anything is started again, by an image that is there', () => {
    const actions = compose.actions(fakeComposeStack(5, GUESTS))
    const prepare = actions.find(({ kind }) => kind === 'prepare-model')
    const run = actions.find(({ kind }) => kind === 'run-containers')
    expect(prepare?.needs).toContain('build-image:mlflow-setup/mlflow-model:3.17.2')
    expect(run?.needs).toContain(prepare?.id)
    expect(run?.refreshOn).toContain(prepare?.id)
  })

  it('stays when the stack is set up again', () => {
    const { directory, spec } = fakeComposeStack(5, GUESTS)
    const again = stackFromAnswers(answersFromStack({ directory, spec }), spec)
    expect(again.spec).toMatchObject(GUESTS)
  })
})

describe('the notebook', () => {
  it('has a token of its own unless nginx asks for a password', () => {
    const [asked, own] = [fakeComposeStack(5, GUESTS), fakeComposeStack(5, { ...GUESTS, ...MLFLOWS })]
    expect(secretNames(asked.spec)).not.toContain('NOTEBOOK_TOKEN')
    expect(secretNames(own.spec)).toContain('NOTEBOOK_TOKEN')
    expect(serviceIn(asked, 'notebook')).toContain('--IdentityProvider.token=\n')
    expect(serviceIn(own, 'notebook')).not.toContain('token=')
    expect(renderComposeFiles(own)['notebook.env']).toMatch(/^JUPYTER_TOKEN=\S+$/m)
  })

  it('gets the keys of the bucket only where every client has them', () => {
    expect(renderComposeFiles(fakeComposeStack(5, GUESTS))['notebook.env']).not.toMatch(/AWS_|S3/)
    expect(renderComposeFiles(fakeComposeStack(4, GUESTS))['notebook.env']).toMatch(/^AWS_SECRET_ACCESS_KEY=\S+$/m)
  })
})

describe('mlflow-setup.yaml', () => {
  it('keeps both', () => {
    const { spec } = fakeComposeStack(5, GUESTS)
    const text = renderSpec(spec, undefined)
    expect(text).toContain('notebook: true\nmodel:\n  uri: models:/fraud@champion\n')
    expect(parseSpec(text, 'mlflow-setup.yaml')).toMatchObject(GUESTS)
  })

  it.each([
    ['notebook: true', /notebook needs target compose/],
    ['model:\n  uri: models:/fraud/3', /model needs target compose/],
  ])('refuses %j where no nginx of containers leads to it', (lines, message) => {
    const text = `${renderSpec(fakeStack(3).spec, undefined)}${lines}\n`
    expect(problemsOf(text)).toMatch(message)
  })

  it.each([
    ['models:/fraud', /names no model/],
    ['s3://bucket/model', /names no model/],
  ])('refuses the model %s', (uri, message) => {
    const text = renderSpec(fakeComposeStack(5, { model: { uri } }).spec, undefined)
    expect(problemsOf(text)).toMatch(message)
  })
})

function problemsOf(text: string): string {
  try {
    parseSpec(text, 'mlflow-setup.yaml')
    return 'none'
  } catch (error) {
    return JSON.stringify(error)
  }
}
