import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseSource } from '../testbed/source-file.ts'
import type { SourceFile } from '../testbed/source-file.ts'

/** Data flows from left to right, so imports point left: to an earlier row, or within the own room. */
const ROWS = [
  ['formats', 'errors.ts', 'secret.ts'],
  ['answers'],
  ['stack'],
  ['targets'],
  ['plan'],
  ['actions', 'test-client', 'deployment'],
  ['checks'],
  ['report'],
  ['commands'],
  ['context.ts', 'open-terminal.ts', 'command-line.ts', 'main.ts', 'bin.ts'],
]
/** Where the basics stand among themselves: a codec or a port may throw our errors and take our secrets. */
const BASICS = ['formats', 'errors.ts', 'secret.ts']
/** They make ports; `--help` loads only the second. */
const MAKERS = new Set(['context.ts', 'open-terminal.ts'])
const PURE_NODE = new Set(['node:path', 'node:crypto', 'node:url', 'node:util'])
const WORLD = /^(execa|pg|@aws-sdk\/.*|@clack\/.*|write-file-atomic)$/
const REVEALS = /^(ports\/|formats\/|secret\.ts$|plan\/render-templates\.ts$)/
const NO_FOLDER = /(^|\/)(utils?|helpers?|lib|common|core|shared|misc)\//

/** The rules, each with a function from a file to what is wrong in it. */
const RULES: Record<string, (file: SourceFile) => string[]> = {
  'every file is in a room of the house': ({ path }) => (rowOf(roomOf(path)) === -1 ? ['is in no known room'] : []),
  'imports point left only': (file) =>
    file.imports
      .filter(({ from }) => from.startsWith('.'))
      .map(({ from }) => posix.join(posix.dirname(file.path), from))
      .filter((target) => !pointsLeft(roomOf(file.path), roomOf(target)))
      .map((target) => `imports ${target}`),
  'only the context makes ports, others know their types': (file) =>
    roomOf(file.path) === 'ports' || MAKERS.has(file.path)
      ? []
      : file.imports
          .filter(({ from, typeOnly }) => !typeOnly && posix.join(posix.dirname(file.path), from).startsWith('ports/'))
          .map(({ from }) => `imports values of ${from}`),
  'only ports touch the world': (file) =>
    roomOf(file.path) === 'ports' || file.path === 'bin.ts'
      ? []
      : file.imports
          .filter(({ typeOnly }) => !typeOnly)
          .filter(({ from }) => (from.startsWith('node:') && !PURE_NODE.has(from)) || WORLD.test(from))
          .map(({ from }) => `imports ${from}`),
  'Node.js modules are written with node:, so that no rule misses them': (file) =>
    file.path === 'bin.ts'
      ? []
      : file.imports
          .filter(({ from }) => /^(fs|path|os|net|https?|child_process)(\/|$)/.test(from))
          .map(({ from }) => `imports ${from}`),
  'imports can be read without running anything': ({ imports }) =>
    imports.filter(({ from }) => from === '(computed)').map(() => 'imports a computed name'),
  'secrets are revealed only where they leave the program': ({ path, reveals }) =>
    REVEALS.test(path) ? [] : reveals.map((line) => `line ${line} reveals a secret`),
  'file names are kebab-case': ({ path }) =>
    /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path) ? [] : ['is not kebab-case'],
  'folders are named after what is in them': ({ path }) =>
    NO_FOLDER.test(path) ? ['is in a folder for anything'] : [],
  'no barrels': ({ path, handsOn }) =>
    posix.basename(path) === 'index.ts' || handsOn ? ['hands on what is not its own'] : [],
  'no default exports': ({ defaultExport }) => (defaultExport ? ['has a default export'] : []),
  'nothing happens on import': ({ path, runsOnImport }) =>
    path === 'bin.ts' ? [] : runsOnImport.map((line) => `line ${line} runs on import`),
  'no state in modules': ({ state }) => state.map((line) => `line ${line} is a variable of the module`),
  'files have at most 250 lines': ({ lines }) => (lines > 250 ? [`has ${lines} lines`] : []),
  'functions have at most 40 lines': ({ functions }) =>
    functions.filter(({ lines }) => lines > 40).map(({ line, lines }) => `line ${line}: a function of ${lines} lines`),
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path
}

function rowOf(room: string): number {
  return room === 'ports' ? 0 : ROWS.findIndex((row) => row.includes(room))
}

function pointsLeft(from: string, to: string): boolean {
  if (from === to || to === 'ports') return true
  if (from === 'ports' || BASICS.includes(from)) return BASICS.includes(to)
  const last = ROWS.length - 1
  return rowOf(to) !== -1 && (rowOf(to) < rowOf(from) || (rowOf(from) === last && rowOf(to) === last))
}

function violations(rule: string, files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => (RULES[rule]?.(file) ?? []).map((what) => `${file.path}: ${what}`))
}

const folder = fileURLToPath(new URL('../../src', import.meta.url))
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => parseSource(path, readFileSync(`${folder}/${path}`, 'utf8')))

describe('the house', () => {
  it.each(Object.keys(RULES))('%s', (rule) => {
    expect(violations(rule, sources)).toEqual([])
  })
})

describe('the walls see', () => {
  const long = `export function f() {\n${'\n'.repeat(40)}}`
  it.each([
    ['every file is in a room of the house', 'services/a.ts', ''],
    ['imports point left only', 'stack/a.ts', "import type { Plan } from '../plan/plan.ts'"],
    ['imports point left only', 'stack/a.ts', "export type A = import('../plan/plan.ts').Plan"],
    ['imports point left only', 'actions/a.ts', "import { run } from '../test-client/run.ts'"],
    ['imports point left only', 'formats/a.ts', "import { a } from '../answers/a.ts'"],
    ['imports point left only', 'ports/a.ts', "import type { Action } from '../targets/action.ts'"],
    ['imports point left only', 'plan/a.ts', "import { b } from '../nowhere/b.ts'"],
    [
      'only the context makes ports, others know their types',
      'plan/a.ts',
      "import { makeFiles } from '../ports/files.ts'",
    ],
    ['only the context makes ports, others know their types', 'main.ts', "await import('./ports/files.ts')"],
    ['only ports touch the world', 'plan/a.ts', "import { readFile } from 'node:fs/promises'"],
    ['only ports touch the world', 'plan/a.ts', "const s3 = () => import('@aws-sdk/client-s3')"],
    ['Node.js modules are written with node:, so that no rule misses them', 'plan/a.ts', "import 'fs/promises'"],
    ['imports can be read without running anything', 'plan/a.ts', 'const load = (name: string) => import(name)'],
    ['secrets are revealed only where they leave the program', 'report/a.ts', 'const a = (s: Secret) => s.reveal()'],
    ['file names are kebab-case', 'plan/buildPlan.ts', ''],
    ['folders are named after what is in them', 'plan/utils/a.ts', ''],
    ['no barrels', 'plan/all.ts', "export { a } from './a.ts'"],
    ['no barrels', 'plan/index.ts', ''],
    ['no default exports', 'plan/a.ts', 'export default 1'],
    ['nothing happens on import', 'plan/a.ts', 'start()'],
    ['no state in modules', 'plan/a.ts', 'export let count = 0'],
    ['files have at most 250 lines', 'plan/a.ts', `// a${'\n// a'.repeat(250)}`],
    ['functions have at most 40 lines', 'plan/a.ts', long],
  ])('%s: %s', (rule, path, text) => {
    expect(violations(rule, [parseSource(path, text)])).toHaveLength(1)
  })

  it.each([
    ['imports point left only', 'plan/a.ts', "import type { Files } from '../ports/files.ts'"],
    ['imports point left only', 'ports/a.ts', "import { ExternalError } from '../errors.ts'"],
    ['imports point left only', 'main.ts', "import { makeContext } from './context.ts'"],
    [
      'only the context makes ports, others know their types',
      'plan/a.ts',
      "import { type Files } from '../ports/files.ts'",
    ],
    ['only ports touch the world', 'ports/a.ts', "import { readFile } from 'node:fs/promises'"],
  ])('nothing wrong with %s: %s', (rule, path, text) => {
    expect(violations(rule, [parseSource(path, text)])).toEqual([])
  })
})
