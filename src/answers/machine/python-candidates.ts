// In: the ports. Out: paths where interpreters are, the likeliest first.
import { basename, dirname, join } from 'node:path'
import type { Files } from '../../ports/files.ts'
import { findProgram, isProgram, searchPath } from './find-program.ts'

type Env = Readonly<Record<string, string>>
type Ports = {
  readonly files: Pick<Files, 'stat' | 'list' | 'realPath' | 'readText'>
  readonly env: Env
  readonly platform: string
}

/** `python3` first: it is the one that this machine's owner chose. The old ones are looked for so that they can be named. */
const NAMES = ['python3', 'python', ...[14, 13, 12, 11, 10, 15, 9, 8].map((minor) => `python3.${minor}`)]

const SYSTEM_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin']

/**
 * Paths of Python interpreters, the likeliest first, each program once.
 * Shims of pyenv, asdf and mise are left out: they fail for every version that is not selected, so the versions are looked up themselves.
 */
export async function findPythonCandidates(ports: Ports): Promise<readonly string[]> {
  const directories = [...new Set([...searchPath(ports.env), ...SYSTEM_DIRECTORIES])].filter(
    (path) => basename(path) !== 'shims',
  )
  const [selected, managed, skipSystem] = await Promise.all([
    selectedByPyenv(ports),
    managedInstalls(ports),
    isDeveloperToolsStub(ports),
  ])
  const named = directories.flatMap((directory) => NAMES.map((name) => join(directory, name)))
  const paths = [...selected, ...named, ...managed].filter((path) => !(skipSystem && dirname(path) === '/usr/bin'))
  const real = await Promise.all(paths.map((path) => realProgram(ports, path)))
  const seen = new Set<string>()
  return paths.filter((_, at) => {
    const program = real[at]
    if (program === undefined || seen.has(program)) return false
    seen.add(program)
    return true
  })
}

async function realProgram(ports: Ports, path: string): Promise<string | undefined> {
  return (await isProgram(ports.files, path)) ? ports.files.realPath(path) : undefined
}

/** On a Mac without Apple's developer tools, running /usr/bin/python3 opens a window that offers to install them. */
async function isDeveloperToolsStub({ files, platform }: Ports): Promise<boolean> {
  if (platform !== 'darwin') return false
  const tools = ['/Library/Developer/CommandLineTools/usr/bin', '/Applications/Xcode.app/Contents/Developer/usr/bin']
  return (await findProgram(files, tools, 'python3')) === undefined
}

function pyenvRoots(env: Env): readonly string[] {
  const home = env['HOME']
  return [env['PYENV_ROOT'], home === undefined ? undefined : join(home, '.pyenv')].filter((root) => root !== undefined)
}

async function selectedByPyenv({ files, env }: Ports): Promise<readonly string[]> {
  const found = await Promise.all(
    pyenvRoots(env).map(async (root) => {
      const chosen = env['PYENV_VERSION'] ?? (await files.readText(join(root, 'version')).catch(() => undefined)) ?? ''
      return chosen
        .split(/[\s:]+/u)
        .filter((name) => /^\d/u.test(name))
        .map((name) => join(root, 'versions', name, 'bin/python'))
    }),
  )
  return found.flat()
}

/** Where version managers keep one folder per Python. */
async function managedInstalls({ files, env }: Ports): Promise<readonly string[]> {
  const home = env['HOME']
  const inHome = (path: string) => (home === undefined ? [] : [join(home, path)])
  const dataHome = env['XDG_DATA_HOME'] ?? (home === undefined ? undefined : join(home, '.local/share'))
  const inDataHome = (path: string) => (dataHome === undefined ? [] : [join(dataHome, path)])
  const folders = [
    ...pyenvRoots(env).map((root) => join(root, 'versions')),
    ...(env['UV_PYTHON_INSTALL_DIR'] === undefined ? inDataHome('uv/python') : [env['UV_PYTHON_INSTALL_DIR']]),
    ...inDataHome('mise/installs/python'),
    ...inHome('.asdf/installs/python'),
  ]
  const single = [
    ...(env['CONDA_PREFIX'] === undefined ? [] : [env['CONDA_PREFIX']]),
    ...['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge'].flatMap((name) => [...inHome(name), join('/opt', name)]),
    '/opt/conda',
  ]
  const listed = await Promise.all(folders.map((folder) => newestFirst(files, folder)))
  return [...listed.flat(), ...single].map((prefix) => join(prefix, 'bin/python'))
}

async function newestFirst(files: Pick<Files, 'list'>, folder: string): Promise<readonly string[]> {
  const names = await files.list(folder).catch(() => [])
  const order = new Intl.Collator('en', { numeric: true })
  return names
    .filter((name) => !name.startsWith('.'))
    .toSorted((a, b) => order.compare(b, a))
    .map((name) => join(folder, name))
}
