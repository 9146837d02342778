import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../scripts/build.mjs'
import { lazyCommonJs } from '../../scripts/lazy-commonjs.mjs'
import { bundledPackages, renderLicenses } from '../../scripts/licenses.mjs'
import { renderHelp } from '../../scripts/render-help.mjs'

/** What may be read before the first line is printed; all else comes with `await import()` when a command needs it. */
const AT_START = ['commander', 'valibot', '@clack/core', '@clack/prompts', 'sisteransi', /^fast-(string|wrap)-/]
/** Minified bytes of all that is read at the start. */
const START_BYTES = 260_000

const root = fileURLToPath(new URL('../..', import.meta.url))
let built: Awaited<ReturnType<typeof bundle>>

beforeAll(async () => {
  built = await bundle()
})

/** What main.ts loads, for every command. */
const LATER = ['part:src/command-line.ts', 'part:src/commands/program.ts']
/** What it loads for the first question. */
const QUESTION = ['part:src/command-line.ts']

/** The outputs that are read before a command is known, and what they import statically. */
function startGraph(later: readonly string[] = LATER): string[] {
  const { outputs } = built.metafile
  const loaded = Object.keys(outputs).filter((path) => later.includes(outputs[path]?.entryPoint ?? ''))
  expect(loaded).toHaveLength(later.length)
  const seen = new Set(['dist/main.js', ...loaded])
  for (const output of seen) {
    for (const { path, kind, external } of outputs[output]?.imports ?? []) {
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
      packages
        .map((folder) => folder.replace(/^.*node_modules\//, ''))
        .filter((name) => !AT_START.some((one) => (typeof one === 'string' ? one === name : one.test(name)))),
    ).toEqual([])
  })

  it('leaves the slow modules of Node.js for later', () => {
    const imports = startGraph().flatMap((path) => built.metafile.outputs[path]?.imports ?? [])
    const names = imports.filter(({ kind }) => kind !== 'dynamic-import').map(({ path }) => path)
    expect(names).toContain('node:path')
    for (const slow of ['node:http', 'node:https', 'node:tls', 'node:net', 'node:child_process', 'node:crypto'])
      expect(names).not.toContain(slow)
  })

  it('is small at the start', () => {
    const bytes = startGraph().reduce((sum, path) => sum + (built.metafile.outputs[path]?.bytes ?? 0), 0)
    expect(bytes).toBeLessThan(START_BYTES)
  })

  it('brings up the first question from one file and what it shares with --help', () => {
    expect(startGraph(QUESTION).length).toBeLessThanOrEqual(5)
  })

  it('answers --help and --version without the command line parser', () => {
    const outputs = startGraph([]).map((path) => built.metafile.outputs[path])
    // The text of the help itself grows with every question.
    const text = outputs.map((output) => output?.inputs['src/commands/ready-text.ts']?.bytesInOutput ?? 0)
    const bytes = outputs.reduce((sum, output) => sum + (output?.bytes ?? 0), 0)
    expect(bytes - Math.max(...text)).toBeLessThan(10_000)
  })

  it('has the help ready that the parser would render', async () => {
    const help = await renderHelp(root, '9.9.9')
    const built = await execa(process.execPath, [join(root, 'dist/bin.js'), '--help'])
    const parsed = await execa(process.execPath, [join(root, 'dist/bin.js'), '--help', '--json'])
    expect([built.stdout, parsed.stdout]).toEqual([help.trimEnd(), help.trimEnd()])
  })

  it('needs only Node.js', () => {
    const imports = Object.values(built.metafile.outputs).flatMap((output) => output.imports)
    const outside = imports.filter(({ external }) => external === true).map(({ path }) => path)
    expect(outside.filter((path) => !isBuiltin(path))).toEqual([])
  })

  it('comes with the licence of each package in it', async () => {
    const text = renderLicenses(root, built.metafile)
    for (const folder of bundledPackages(built.metafile)) {
      const { name, version } = JSON.parse(await readFile(`${root}/${folder}/package.json`, 'utf8'))
      const section = text.split('-'.repeat(80)).find((part) => part.split('\n').includes(`${name} ${version}`))
      expect(section, `${name} has no licence text`).toMatch(/permission|licensed|redistribution/i)
    }
  })

  it('starts with a file that an old Node.js can read', () => {
    const bin = built.files.find(({ path }) => path.endsWith('/bin.js'))?.text
    expect(bin).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(bin).not.toMatch(/\?\.|\?\?|await|node:/)
  })
})

describe('a CommonJS package that is loaded late', () => {
  it('has the names in the bundle that it has in Node.js', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-bundle-'))
    try {
      const contents = `const { parse } = await import('yaml'); const { default: yaml } = await import('yaml'); console.log(parse('a: 1').a, yaml.parse === parse)`
      const stdin = { contents, resolveDir: root }
      const options = {
        bundle: true,
        splitting: true,
        format: 'esm',
        platform: 'node',
        plugins: [lazyCommonJs],
      } as const
      const banner = {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
      }
      await build({ ...options, plugins: [lazyCommonJs], stdin, banner, outdir: folder, logLevel: 'silent' })
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      expect((await execa(process.execPath, [join(folder, 'stdin.js')])).stdout).toBe('1 true')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
