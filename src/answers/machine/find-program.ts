// In: names of programs and where to look. Out: their absolute paths.
import { delimiter, isAbsolute, join } from 'node:path'
import type { Files } from '../../ports/files.ts'

type Env = Readonly<Record<string, string>>

/** The absolute directories of PATH, in order, each once. */
export function searchPath(env: Env): readonly string[] {
  return [...new Set((env['PATH'] ?? '').split(delimiter).filter((directory) => isAbsolute(directory)))]
}

/** Whether there is a file that somebody may execute. */
export async function isProgram(files: Pick<Files, 'stat'>, path: string): Promise<boolean> {
  try {
    const found = await files.stat(path)
    return found?.kind === 'file' && (found.mode & 0o111) !== 0
  } catch {
    // A directory that this user may not enter holds no program for them.
    return false
  }
}

/** The first of these directories' programs with that name, as an absolute path. */
export async function findProgram(
  files: Pick<Files, 'stat'>,
  directories: readonly string[],
  name: string,
): Promise<string | undefined> {
  const paths = directories.map((directory) => join(directory, name))
  const there = await Promise.all(paths.map((path) => isProgram(files, path)))
  return paths.find((_, at) => there[at])
}

/** uv on PATH, or where its own installers put it. */
export function findUv(files: Pick<Files, 'stat'>, env: Env): Promise<string | undefined> {
  const home = env['HOME']
  const usual = home === undefined ? [] : [join(home, '.local/bin'), join(home, '.cargo/bin')]
  return findProgram(files, [...searchPath(env), ...usual], 'uv')
}
