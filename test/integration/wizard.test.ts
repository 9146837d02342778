import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandContext } from '../../src/commands/command-context.ts'
import { CTRL_C, ENTER, makeFakePrompts } from '../fakes/prompts.ts'
import { realPorts } from '../testbed/services.ts'
import { sit } from '../testbed/sitting.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mlflow-setup-wizard-'))
})

afterEach(() => rm(home, { recursive: true, force: true }))

const WHO = 'Who will use this MLflow?'

describe('the wizard', () => {
  it('asks who, shows the plan, and asks once', async () => {
    const { code, prompts } = await sit(home, [], makeFakePrompts({ [WHO]: ENTER, '7 changes in ~/mlflow': 'cancel' }))
    expect(prompts.asked).toHaveLength(2)
    expect(prompts.shown.join('\n')).toMatch(/This machine: .*\n[\s\S]*found Python/)
    expect(prompts.shown.at(-1)).toBe('Cancelled. Nothing was changed.')
    expect([code, existsSync(join(home, 'mlflow'))]).toEqual([130, false])
  })

  it.each(['1', '2', '3'])('asks nothing that a flag answered: scenario %s', async (scenario) => {
    const { prompts } = await sit(home, ['--scenario', scenario], makeFakePrompts({}, { rest: ENTER }), {
      files: { ...realPorts().files, makeDirectory: () => Promise.reject(new Error('stop here')) },
    })
    expect(prompts.asked).toEqual([expect.stringMatching(/^\d changes in ~\/mlflow$/)])
  })

  it('writes the files only, on request, and a second run goes on from there', async () => {
    const prompts = makeFakePrompts({ [WHO]: '2', '6 changes in ~/mlflow': 'write' })
    expect((await sit(home, [], prompts)).code).toBe(0)
    expect((await readdir(join(home, 'mlflow'))).toSorted()).toEqual([
      '.env',
      '.gitignore',
      '.mlflow-setup',
      'data',
      'mlflow-setup.yaml',
    ])
    expect(prompts.shown.at(-1)).toBe('The files are written. Install and start with: mlflow-setup apply')
    const again = await sit(home, [], makeFakePrompts({ '3 changes in ~/mlflow': CTRL_C }))
    expect(again.prompts.shown.join('\n')).toContain(
      '~/mlflow holds the stack mlflow, scenario 2. Its answers count unless you change them.',
    )
  })

  it('lets every answer be changed at the review, and takes another directory with all that hangs on it', async () => {
    await sit(
      home,
      ['--scenario', '2', '--dir', join(home, 'other'), '--name', 'elsewhere'],
      makeFakePrompts({ '6 changes': 'write' }),
    )
    const prompts = makeFakePrompts({
      '6 changes in ~/mlflow': 'change',
      'Which answer?': 'dir',
      'In which directory?': '~/other',
      '3 changes in ~/other': CTRL_C,
    })
    await sit(home, ['--scenario', '2'], prompts)
    expect(prompts.unused).toEqual([])
    expect(existsSync(join(home, 'mlflow'))).toBe(false)
  })

  it('says what stands in the way, and asks that question again', async () => {
    await mkdir(join(home, 'full'))
    await writeFile(join(home, 'full', 'thesis.tex'), '')
    const prompts = makeFakePrompts({ 'In which directory?': '~/empty', '6 changes in ~/empty': CTRL_C })
    await sit(home, ['--scenario', '2', '--dir', '~/full'], prompts)
    expect(prompts.shown.join('\n')).toContain('full holds other files (thesis.tex)')
    expect(prompts.unused).toEqual([])
    expect(await readdir(join(home, 'full'))).toEqual(['thesis.tex'])
  })

  it('shows an edited file as a conflict, and does not offer to apply', async () => {
    await sit(home, ['--scenario', '2'], makeFakePrompts({ '6 changes': 'write' }))
    const env = join(home, 'mlflow', '.env')
    await writeFile(env, `${await readFile(env, 'utf8')}MINE=1\n`)
    const { code, terminal } = await sit(home, [], makeFakePrompts({ '1 conflict, 3 changes in ~/mlflow': 'apply' }))
    expect([code, terminal.stderr]).toEqual([1, expect.stringContaining('has no choice apply')])
  })
})

describe('on a machine without a usable Python', () => {
  /** A PATH with what the program calls, but Python. */
  async function pathWithout(): Promise<string> {
    const folder = join(home, 'bin')
    await mkdir(folder)
    await symlink('/bin/sh', join(folder, 'sh'))
    return folder
  }
  const inspected = /^This stack needs Python 3\.10 or newer\. Install with: /

  it('the package is named, and installed only on consent', async () => {
    const files = realPorts().files
    const hidden: CommandContext['files'] = {
      ...files,
      stat: (path) => (/\/python[\d.]*$/.test(path) ? Promise.resolve(undefined) : files.stat(path)),
    }
    const prompts = makeFakePrompts({ 'This stack needs Python': CTRL_C })
    const { code } = await sit(home, ['--scenario', '2'], prompts, {
      env: { PATH: await pathWithout() },
      files: hidden,
    })
    expect(prompts.asked).toEqual([expect.stringMatching(inspected)])
    expect([code, existsSync(join(home, 'mlflow'))]).toEqual([130, false])
  })
})
