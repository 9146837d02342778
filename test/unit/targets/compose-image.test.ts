import { describe, expect, it } from 'vitest'
import { whyNotImage } from '../../../src/formats/image-name.ts'
import { renderComposeFiles } from '../../fakes/compose-files.ts'
import { fakeComposeStack } from '../../fakes/stack.ts'

const files = renderComposeFiles(fakeComposeStack(4, { notebook: true, model: { uri: 'models:/fraud/3' } }))
const FOLDERS = ['mlflow', 'notebook', 'model']

interface Instruction {
  readonly name: string
  readonly text: string
}

/** `RUN a \` and its next line are one instruction; comments are none. */
function instructionsOf(dockerfile: string): readonly Instruction[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: line.split(' ')[0] ?? '', text: line.slice(line.indexOf(' ')).trim() }))
}

// What hadolint would look at: DL3002, DL3006, DL3007, DL3009, DL3013, DL3015, DL3020, DL3025, DL3042.
describe.each(FOLDERS)('the Dockerfile of %s', (folder) => {
  const instructions = instructionsOf(files[`${folder}/Dockerfile`] ?? '')
  const all = (name: string) => instructions.filter((one) => one.name === name).map(({ text }) => text)

  it('stands on one image, of a version', () => {
    expect(all('FROM')).toEqual([expect.stringMatching(/:v?\d/)])
    expect(all('FROM').map((image) => whyNotImage(image))).toEqual([undefined])
  })

  it('ends without root, by a number', () => {
    expect(all('USER').at(-1)).toBe('10001:10001')
  })

  it('installs only what is pinned, and keeps no downloads', () => {
    const installs = all('RUN').flatMap((text) => text.split('&&').filter((part) => part.includes('pip install')))
    expect(installs).toHaveLength(1)
    expect(installs[0]).toContain('--no-cache-dir')
    const [, named = ''] = /install(.*)/.exec(installs[0] ?? '') ?? []
    const packages = named
      .trim()
      .split(/\s+/)
      .filter((word) => !word.startsWith('-') && !word.startsWith('/'))
    const listed = (files['mlflow/requirements.txt'] ?? '').split('\n').filter((line) => /^\w/.test(line))
    for (const one of folder === 'mlflow' ? listed : packages) expect(one).toMatch(/^[\w-]+==[\d.]+$/)
  })

  it("leaves nothing of Debian's lists behind, and installs nothing that is only recommended", () => {
    const ran = all('RUN').filter((text) => text.includes('apt-get'))
    expect(
      ran.every((text) => /--no-install-recommends/.test(text) && /rm -rf \/var\/lib\/apt\/lists/.test(text)),
    ).toBe(true)
  })

  it('takes nothing in that is not there to be seen, and starts its program by itself', () => {
    expect([all('ADD'), all('COPY'), all('ARG')]).toEqual([[], [], []])
    for (const command of [...all('CMD'), ...all('ENTRYPOINT')]) expect(command).toMatch(/^\[".*"\]$/)
  })

  it('has no secret', () => {
    expect(files[`${folder}/Dockerfile`]).not.toMatch(/password|secret|token|key/i)
  })
})

it("the notebook's own settings say what its container needs, and nothing else of the stack", () => {
  const names = (files['notebook.env'] ?? '').split('\n').flatMap((line) => /^\w+(?==)/.exec(line)?.[0] ?? [])
  expect(names).toContain('MLFLOW_TRACKING_URI')
  expect(names.filter((name) => /POSTGRES|PASSPHRASE|ADMIN_PASSWORD|WEBHOOK/.test(name))).toEqual([])
})
