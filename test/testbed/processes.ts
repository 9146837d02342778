import { readdir, readFile } from 'node:fs/promises'

export interface SeenProcess {
  readonly pid: number
  /** Its arguments, joined by spaces. */
  readonly commandLine: string
}

/** Every living process of this machine whose command line has `text` in it (Linux). */
export async function processesWith(text: string): Promise<readonly SeenProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const seen = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      commandLine: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    })),
  )
  return seen.filter(({ commandLine }) => commandLine.includes(text))
}
