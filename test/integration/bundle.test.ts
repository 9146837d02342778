import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../scripts/build.mjs'
import { bundledPackages, renderLicenses } from '../../scripts/licenses.mjs'

/** What may be read before the first line is printed; all else comes with `await import()` when a command needs it. */
const AT_START = ['commander', 'fastest-levenshtein', 'valibot']
/** Minified bytes of main.js and all that it imports statically. */
const START_BYTES = 260_000

const root = fileURLToPath(new URL('../..', import.meta.url))
let built: Awaited<ReturnType<typeof bundle>>

beforeAll(async () => {
  built = await bundle()
})

/** The outputs that are read before main.js runs. */
function startGraph(): string[] {
  const seen = new Set(['dist/main.js'])
  for (const output of seen) {
    for (const { path, kind, external } of built.metafile.outputs[output]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) seen.add(path)
    }
  }
  return [...seen]
}

describe('the bundle', () => {
  it('reads nothing heavy before it knows what is wanted', () => {
    const outputs = startGraph().map((path) => [path, built.metafile.outputs[path]])
    const packages = bundledPackages({ inputs: {}, outputs: Object.fromEntries(outputs) })
    expect(
      packages.map((folder) => folder.replace(/^.*node_modules\//, '')).filter((name) => !AT_START.includes(name)),
    ).toEqual([])
  })

  it('is small at the start', () => {
    const bytes = startGraph().reduce((sum, path) => sum + (built.metafile.outputs[path]?.bytes ?? 0), 0)
    expect(bytes).toBeLessThan(START_BYTES)
  })

  it('needs only Node.js', () => {
    const imports = Object.values(built.metafile.outputs).flatMap((output) => output.imports)
    const outside = imports.filter(({ external }) => external === true).map(({ path }) => path)
    expect(outside.filter((path) => !path.startsWith('node:'))).toEqual([])
  })

  it('comes with the licence of each package in it', async () => {
    const text = renderLicenses(root, built.metafile)
    for (const folder of bundledPackages(built.metafile)) {
      const { name, version } = JSON.parse(await readFile(`${root}/${folder}/package.json`, 'utf8'))
      const section = text.split('-'.repeat(80)).find((part) => part.trim().startsWith(`${name} ${version}\n`))
      expect(section, `${name} has no licence text`).toMatch(/permission|licensed|redistribution/i)
    }
  })

  it('starts with a file that an old Node.js can read', () => {
    const bin = built.files.find(({ path }) => path.endsWith('/bin.js'))?.text
    expect(bin).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(bin).not.toMatch(/\?\.|\?\?|await|node:/)
  })
})
