import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../testbed/need.ts'
import { nodeOfVersion } from '../testbed/node-versions.ts'
import { installPackage } from '../testbed/package.ts'
import type { InstalledPackage } from '../testbed/package.ts'

let installed: InstalledPackage

beforeAll(async () => {
  installed = await installPackage()
})

afterAll(() => installed?.remove())

describe('the tarball', () => {
  it('holds the program, its templates and its papers, and nothing else', () => {
    const others = installed.packed.entries.filter((entry) => !/^(dist\/[\w-]+\.js|templates\/.+)$/.test(entry))
    expect(others).toEqual(['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt', 'package.json'])
    expect(installed.packed.entries).toContain('dist/bin.js')
    expect(installed.packed.entries).toContain('dist/main.js')
    expect(installed.packed.entries.filter((entry) => entry.startsWith('templates/'))).not.toEqual([])
  })

  it('is small', () => {
    expect(installed.packed.size).toBeLessThan(650_000)
  })

  it('brings no other package', async () => {
    const manifest = JSON.parse(await readFile(join(installed.packageFolder, 'package.json'), 'utf8'))
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies']) {
      expect(manifest).not.toHaveProperty(kind)
    }
    const names = await readdir(join(installed.folder, 'node_modules'))
    expect(names.filter((name) => !name.startsWith('.'))).toEqual(['mlflow-setup'])
  })

  it('asks for the Node.js that bin.js asks for', async () => {
    const manifest = JSON.parse(await readFile(join(installed.packageFolder, 'package.json'), 'utf8'))
    expect(manifest.engines.node).toBe('>=20.19.0')
    expect(await readFile(join(installed.packageFolder, 'dist/bin.js'), 'utf8')).toContain('"20.19"')
  })
})

describe.for(['20.19', 'of this machine', '24'])('npx on Node.js %s', (version) => {
  it.for([
    ['--version', /^\d+\.\d+\.\d+$/],
    ['--help', /^Usage: mlflow-setup/],
  ] as const)('%s', async ([flag, expected], context) => {
    const found = version === 'of this machine' ? process.execPath : await nodeOfVersion(version)
    const env = installed.env(need(context, found, `Node.js ${version} from npm`))
    // Twice: the second run reads what the first one compiled.
    for (const _ of [1, 2]) {
      const result = await execa('npx', ['mlflow-setup', flag], { cwd: installed.folder, env, extendEnv: false })
      expect(result.stdout).toMatch(expected)
      expect(result.stderr).toBe('')
    }
  })
})

describe('an old Node.js', () => {
  it('is named in one line', async (context) => {
    const node = need(context, await nodeOfVersion('14'), 'Node.js 14 from npm')
    const program = join(installed.packageFolder, 'dist/bin.js')
    const result = await execa(node, [program, '--yes'], { env: installed.env(), extendEnv: false, reject: false })
    expect(result.exitCode).toBe(1)
    expect(result.stdout).toBe('')
    expect(result.stderr).toMatch(/^mlflow-setup needs Node\.js 20\.19 or newer; this is 14\.\d+\.\d+\. Install .+$/)
    expect(await readdir(installed.home)).not.toContain('mlflow')
  })
})
