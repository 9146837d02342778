import { cp, mkdtemp, realpath, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let clone: string

/** A fresh clone with what is not committed yet. */
beforeAll(async () => {
  clone = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-clone-')))
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout } = await execa('git', list, { cwd: root })
  for (const path of stdout.split('\0').filter(Boolean)) {
    // A file that was deleted and not committed is still listed.
    await cp(join(root, path), join(clone, path)).catch(() => undefined)
  }
})

afterAll(() => rm(clone, { recursive: true, force: true }))

function start(...args: string[]) {
  return execa('npm', ['start', '--silent', '--', ...args], { cwd: clone, reject: false, stdin: 'ignore' })
}

async function builtAt(): Promise<number> {
  return (await stat(join(clone, 'dist/bin.js'))).mtimeMs
}

describe('npm start in a fresh clone', () => {
  it('installs and builds, and leaves stdout to the program', async () => {
    const result = await start('--version')
    expect(result.stdout).toMatch(/^\d+\.\d+\.\d+$/)
    expect(result.stderr).toContain('Installing packages: npm ci')
    expect(result.exitCode).toBe(0)
  })

  it('does nothing of it again', async () => {
    const before = await builtAt()
    const result = await start('--version')
    expect(result.stderr).toBe('')
    expect(await builtAt()).toBe(before)
  })

  it('builds again after a change', async () => {
    const before = await builtAt()
    await utimes(join(clone, 'src/errors.ts'), new Date(), new Date())
    await start('--version')
    expect(await builtAt()).toBeGreaterThan(before)
  })

  it('passes the exit code on', async () => {
    expect((await start('--no-such-flag')).exitCode).toBe(2)
  })
})
