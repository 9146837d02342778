import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSandbox } from '../testbed/production.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

let first: Sandbox
let other: Sandbox

beforeAll(async () => {
  first = await makeSandbox()
  other = await makeSandbox()
  await Promise.all([openSandbox(first), openSandbox(other)])
})
afterAll(() => Promise.all([first.remove(), other.remove()]))

/** The command under "Again", word by word as a shell reads it, over as many lines as it takes. */
async function commandIn(output: string): Promise<readonly string[]> {
  const [, command = ''] = /^ {3}Again {6}((?:.*\\\n)*.*)$/m.exec(output) ?? []
  const { stdout } = await execa('sh', ['-c', `printf '%s\\0' ${command}`])
  return stdout.split('\0').slice(0, -1)
}

const specOf = (directory: string) => readFile(join(directory, 'mlflow-setup.yaml'), 'utf8')

interface Case {
  readonly scenario: string
  readonly flags: (port: number) => readonly string[]
  /** Where both stacks are; each user's own ~/mlflow when undefined. */
  readonly directory?: string
}

const CASES: readonly Case[] = [
  { scenario: '1', flags: () => ['--test-client', 'off', '--name', 'by-hand'] },
  { scenario: '2', flags: () => ['--test-client', 'off', '--backend-store', 'runs/my runs.db'], directory: "it's #2" },
  { scenario: '3', flags: (port) => ['--public-url', `http://localhost:${port}`, '--workers', '2'] },
  {
    scenario: '5',
    flags: (port) => [
      '--public-url',
      'https://ml.example.com/team',
      '--proxy',
      'none',
      '--port',
      String(port),
      '--artifact-store',
      'große Dateien',
    ],
    directory: 'über $HOME & Söhne',
  },
]

describe('the command that repeats a run', () => {
  it.each(CASES)('gives the same stack of scenario $scenario to another user in an empty folder', async (wanted) => {
    const place = wanted.directory === undefined ? undefined : join(first.home, wanted.directory)
    const stack = place ?? join(first.home, 'mlflow')
    const dir = place === undefined ? [] : ['--dir', place]
    const flags = ['--scenario', wanted.scenario, ...wanted.flags(await freePort()), ...dir]
    const made = await first.run(['--yes', ...flags])
    expect([made.code, made.err]).toEqual([0, expect.not.stringContaining('bug')])
    const spec = await specOf(stack)
    await first.run(['stop', ...dir])
    await rename(stack, join(first.home, `done-${wanted.scenario}`))

    const [npx, program, ...again] = await commandIn(made.out)
    expect([npx, program, again[0]]).toEqual(['npx', 'mlflow-setup', '--yes'])
    const repeated = await other.run(again)
    expect([repeated.code, repeated.err]).toEqual([0, expect.not.stringContaining('bug')])
    const second = place ?? join(other.home, 'mlflow')
    expect(await specOf(second)).toBe(spec)
    expect(await commandIn(repeated.out)).toEqual(['npx', 'mlflow-setup', ...again])
    await other.run(['stop', '--dir', second])
    await rename(second, join(other.home, `done-${wanted.scenario}`))
  })
})
