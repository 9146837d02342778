import { constants, promises as fs } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { draftOf, removeStaleDrafts } from './drafts.ts'
import { explainFileError, systemCode } from './file-errors.ts'

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  /** Permission bits, such as 0o600. */
  readonly mode: number
  /** Bytes. */
  readonly size: number
  readonly modified: Date
  readonly uid: number
  readonly gid: number
}

/** A user of this machine by number, with its group. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The file system. Paths are absolute. Failures of the system (ENOSPC, EACCES, EROFS …) are thrown as UserError or ExternalError that name the path. */
export interface Files {
  /** The text, or undefined where there is no such file. */
  readText(path: string): Promise<string | undefined>
  /** Bytes from `offset` to the end, as text; the empty string where there is no such file. */
  readTextFrom(path: string, offset: number): Promise<string>
  /** Writes all or nothing: a reader sees the old or the new file, never a part. */
  writeText(path: string, text: string, options: { mode: number; owner?: Owner }): Promise<void>
  /** Appends one line and flushes it to the disk. */
  appendLine(path: string, line: string, options: { mode: number }): Promise<void>
  /** Creates the file with this text in one step; false when it is already there. */
  createExclusively(path: string, text: string, options: { mode: number }): Promise<boolean>
  /** Follows links; undefined where there is nothing. */
  stat(path: string): Promise<FileStat | undefined>
  /** Names in the directory, sorted; empty where there is none. */
  list(path: string): Promise<string[]>
  /** With its parents; `mode` counts for those that are new. */
  makeDirectory(path: string, options: { mode: number }): Promise<void>
  changeMode(path: string, mode: number): Promise<void>
  /** Not through a link: a link itself is given away. Only root may. */
  changeOwner(path: string, owner: Owner): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** A symbolic link at `path` to `target`, in place of another link; anything else there is refused. */
  link(target: string, path: string): Promise<void>
  /** Its bytes, for its owner alone. Nothing is ever replaced: something at `to` is an error. */
  copy(from: string, to: string): Promise<void>
  /** A file, link or whole directory; fine when it is not there. */
  remove(path: string): Promise<void>
  /** Bytes free for this user on the disk of the path or of its nearest existing parent. */
  freeBytes(path: string): Promise<number>
  /** Whether this user may create files in the path or in its nearest existing parent. */
  writable(path: string): Promise<boolean>
  /** The path without links, or undefined where there is nothing. */
  realPath(path: string): Promise<string | undefined>
}

const WRITE_AND_ENTER = constants.W_OK | constants.X_OK

/** Failures that mean: there is nothing at this path. */
const ABSENT: readonly string[] = ['ENOENT', 'ENOTDIR']

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explainFileError(error, path)
  }
}

async function unlessAbsent<T>(path: string, absent: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (ABSENT.includes(systemCode(error))) return absent
    throw explainFileError(error, path)
  }
}

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      await fs.stat(at)
      return at
    } catch (error) {
      if (!ABSENT.includes(systemCode(error)) || at === dirname(at)) return at
    }
  }
}

async function readTextFrom(path: string, offset: number): Promise<string> {
  const file = await fs.open(path, 'r')
  try {
    const { size } = await file.stat()
    const wanted = Buffer.alloc(Math.max(0, size - offset))
    const { bytesRead } = await file.read(wanted, 0, wanted.length, offset)
    return wanted.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file.close()
  }
}

async function appendLine(path: string, line: string, mode: number): Promise<void> {
  const file = await fs.open(path, 'a', mode)
  try {
    await file.appendFile(`${line}\n`)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/**
 * Written beside the file, flushed, then renamed. Not with write-file-atomic: it calls write(2) once and takes a short write, which
 * is what a full disk answers first, for a whole one.
 */
async function writeAtomically(path: string, text: string, mode: number, owner?: Owner): Promise<void> {
  const target = await fs.realpath(path).catch(() => path)
  const draft = draftOf(target)
  try {
    const file = await fs.open(draft, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.chmod(mode)
      if (owner === undefined) await keepOwner(file, target)
      else await file.chown(owner.uid, owner.gid)
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(draft, target)
  } catch (error) {
    await fs.rm(draft, { force: true })
    throw error
  }
  await removeStaleDrafts(target)
}

/** When root rewrites a file of somebody's, it stays theirs. */
async function keepOwner(file: FileHandle, target: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const owner = await fs.stat(target).catch(() => undefined)
  if (owner !== undefined && (owner.uid !== 0 || owner.gid !== 0)) await file.chown(owner.uid, owner.gid)
}

/** A link is made in one step and never replaces anything, so nobody sees the file without its text. */
async function createExclusively(path: string, text: string, mode: number): Promise<boolean> {
  const draft = draftOf(path)
  await fs.writeFile(draft, text, { mode, flag: 'wx' })
  try {
    await fs.link(draft, path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    // Some file systems have no hard links (vfat, some network shares): there, creating comes first and the text second.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(systemCode(error))) throw error
    return createThenWrite(path, text, mode)
  } finally {
    await fs.rm(draft, { force: true })
  }
}

async function linkAtomically(target: string, path: string): Promise<void> {
  const there = await fs.lstat(path).catch(() => undefined)
  if (there !== undefined && !there.isSymbolicLink())
    throw Object.assign(new Error(`${path} is no link`), { code: 'EEXIST' })
  const draft = draftOf(path)
  await fs.symlink(target, draft)
  await fs.rename(draft, path)
}

async function createThenWrite(path: string, text: string, mode: number): Promise<boolean> {
  try {
    await fs.writeFile(path, text, { mode, flag: 'wx' })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** By what is open, not by paths: root does it in folders of others, too. */
async function copyForOwner(from: string, to: string): Promise<void> {
  const bytes = await fs.readFile(from)
  const file = await fs.open(to, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await keepOwner(file, from)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function stat(path: string): Promise<FileStat> {
  const found = await fs.stat(path)
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other',
    mode: found.mode & 0o7777,
    size: found.size,
    modified: found.mtime,
    uid: found.uid,
    gid: found.gid,
  }
}

async function mayCreateIn(path: string): Promise<boolean> {
  const at = await nearestExisting(path)
  try {
    await fs.access(at, WRITE_AND_ENTER)
    return (await fs.stat(at)).isDirectory()
  } catch {
    return false
  }
}

/** The file system of this machine. Failures name the path, the reason and the cure (codes `files.…`). */
export function makeFiles(): Files {
  return {
    readText: (path) => unlessAbsent(path, undefined, () => fs.readFile(path, 'utf8')),
    readTextFrom: (path, offset) => unlessAbsent(path, '', () => readTextFrom(path, offset)),
    writeText: (path, text, { mode, owner }) => explained(path, () => writeAtomically(path, text, mode, owner)),
    appendLine: (path, line, { mode }) => explained(path, () => appendLine(path, line, mode)),
    createExclusively: (path, text, { mode }) => explained(path, () => createExclusively(path, text, mode)),
    stat: (path) => unlessAbsent(path, undefined, () => stat(path)),
    list: (path) => unlessAbsent(path, [], async () => (await fs.readdir(path)).toSorted()),
    makeDirectory: (path, { mode }) =>
      explained(path, async () => {
        await fs.mkdir(path, { recursive: true, mode })
      }),
    changeMode: (path, mode) => explained(path, () => fs.chmod(path, mode)),
    changeOwner: (path, { uid, gid }) => explained(path, () => fs.lchown(path, uid, gid)),
    link: (target, path) => explained(path, () => linkAtomically(target, path)),
    rename: (from, to) => explained(to, () => fs.rename(from, to)),
    copy: (from, to) => explained(to, () => copyForOwner(from, to)),
    remove: (path) => explained(path, () => fs.rm(path, { recursive: true, force: true, maxRetries: 3 })),
    freeBytes: (path) =>
      explained(path, async () => {
        const disk = await fs.statfs(await nearestExisting(path))
        return disk.bavail * disk.bsize
      }),
    writable: mayCreateIn,
    realPath: (path) => unlessAbsent(path, undefined, () => fs.realpath(path)),
  }
}
