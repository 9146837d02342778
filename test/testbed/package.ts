import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface PackedPackage {
  /** The tarball as `npm publish` would send it. */
  readonly tarball: string
  /** Bytes. */
  readonly size: number
  /** Paths in it, sorted. */
  readonly entries: readonly string[]
}

/** Packs this checkout into `folder`. */
async function packPackage(folder: string): Promise<PackedPackage> {
  const { stdout } = await execa('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
  const tarball = join(folder, basename(stdout.trim().split('\n').at(-1) ?? ''))
  const { stdout: listing } = await execa('tar', ['-tzf', tarball])
  const entries = listing.split('\n').map((entry) => entry.replace(/^package\//, ''))
  return { tarball, size: (await stat(tarball)).size, entries: entries.toSorted() }
}

export interface InstalledPackage {
  readonly packed: PackedPackage
  /** An otherwise empty folder; `npx mlflow-setup` works in it. */
  readonly folder: string
  /** A HOME that was empty before. */
  readonly home: string
  /** The package in `node_modules`. */
  readonly packageFolder: string
  /** The environment of a new user; `node` is the program that runs `npx` and the package. */
  env(node?: string): Record<string, string>
  remove(): Promise<void>
}

/** Packs this checkout and installs the tarball for a user with an empty HOME, in an empty folder below the temporary directory. */
export async function installPackage(): Promise<InstalledPackage> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-package-')))
  const [folder, home] = [join(top, 'folder'), join(top, 'home')]
  await Promise.all([mkdir(folder), mkdir(home)])
  const env = (node: string = process.execPath) => ({
    PATH: [dirname(node), process.env['PATH'] ?? ''].join(':'),
    HOME: home,
    LANG: 'C.UTF-8',
    npm_config_update_notifier: 'false',
  })
  const remove = () => rm(top, { recursive: true, force: true })
  try {
    const packed = await packPackage(top)
    const args = ['install', '--no-audit', '--no-fund', packed.tarball]
    await execa('npm', args, { cwd: folder, env: env(), extendEnv: false })
    return { packed, folder, home, packageFolder: join(folder, 'node_modules/mlflow-setup'), env, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
