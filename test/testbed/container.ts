// In: an image, and words for `docker run`. Out: a machine of its own that has Node.js and this program.
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const UV_CACHE = join(ROOT, 'test/.cache/uv-cache')

/** The name, where an engine runs that has the image. */
export async function findImage(name: string): Promise<string | undefined> {
  return run('docker', ['image', 'inspect', '--format', '{{.Id}}', name]).then(
    () => name,
    () => undefined,
  )
}

export interface Inside {
  readonly code: number
  /** What it said, on both streams. */
  readonly out: string
}

export interface InsideOptions {
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Container {
  readonly id: string
  run(command: readonly string[], options?: InsideOptions): Promise<Inside>
  /** What it printed; throws when the command failed. */
  exec(command: readonly string[]): Promise<string>
  /** This program, with the packages in the cache that all tests share. */
  program(args: readonly string[], options?: InsideOptions): Promise<Inside>
  remove(): Promise<void>
}

export async function startContainer(
  image: string,
  options: readonly string[],
  command: readonly string[] = [],
): Promise<Container> {
  const words = ['run', '-d', ...(await programMounts()), ...options, image, ...command]
  const id = (await run('docker', words)).stdout.trim()
  const inside: Container['run'] = async (args, { user = 'root', env = {} } = {}) =>
    run('docker', ['exec', '--user', user, ...variableWords(env), id, ...args], { maxBuffer: 1e8 }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = Object(error)
        return { code: Number(code), out: `${stdout}${stderr}` }
      },
    )
  const cache = { UV_CACHE_DIR: '/uv-cache', UV_LINK_MODE: 'copy' }
  return {
    id,
    run: inside,
    exec: async (args) => (await run('docker', ['exec', id, ...args], { maxBuffer: 1e8 })).stdout,
    program: (args, { env, ...who } = {}) =>
      inside(['node', '/program/dist/bin.js', ...args], { ...who, env: { ...cache, ...env } }),
    remove: async () => void (await run('docker', ['rm', '-f', id])),
  }
}

/** Node.js, this program as it is built, and the cache. */
async function programMounts(): Promise<readonly string[]> {
  await mkdir(UV_CACHE, { recursive: true })
  const parts = ['dist', 'templates', 'package.json'].map((part) => `${join(ROOT, part)}:/program/${part}:ro`)
  const mounts = [`${process.execPath}:/usr/local/bin/node:ro`, ...parts, `${UV_CACHE}:/uv-cache`]
  return mounts.flatMap((mount) => ['-v', mount])
}

export function variableWords(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
}
