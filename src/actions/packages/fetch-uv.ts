import { join } from 'node:path'
import { findUv, isProgram } from '../../answers/machine/find-program.ts'
import type { CommandResult } from '../../ports/commands.ts'
import { basePythonOf, ensurePip, hasNoPip, pipCommand, pythonOf } from './find-pip.ts'
import type { InstallRun } from './find-pip.ts'

/** 17 MB of download. */
const FETCH_LIMIT_MS = 300_000

export type FetchedUv = { readonly uv: string } | { readonly uv: undefined; readonly failure: CommandResult }

/**
 * uv from PATH, else the one that an earlier run put into `tools`, else fetched there with pip, which takes about 1.2 s, two thirds
 * of it the download. It saves 40 s of the installation after it. Throws `python.no-pip` when there is no pip to fetch it with.
 */
export async function fetchUv(run: InstallRun): Promise<FetchedUv> {
  const { files, env } = run.ports
  const own = join(run.tools, 'uv', 'bin', 'uv')
  const there = (await findUv(files, env)) ?? ((await isProgram(files, own)) ? own : undefined)
  if (there !== undefined) return { uv: there }
  run.progress('fetching uv, 17 MB')
  // Fetched beside its place and then renamed: what has the final name is complete.
  const draft = join(run.tools, 'uv.unfinished')
  await files.remove(draft)
  await files.makeDirectory(run.tools, { mode: 0o755 })
  const result = await pipInstallUv(run, draft)
  if (result.exitCode !== 0) {
    await files.remove(draft)
    return { uv: undefined, failure: result }
  }
  await files.remove(join(run.tools, 'uv'))
  await files.rename(draft, join(run.tools, 'uv'))
  return { uv: own }
}

async function pipInstallUv(run: InstallRun, target: string): Promise<CommandResult> {
  const { commands, env } = run.ports
  const args = ['install', '--quiet', '--target', target, '--no-deps', '--no-compile', '--only-binary', ':all:', 'uv']
  const options = { timeoutMs: FETCH_LIMIT_MS, signal: run.signal }
  const first = await commands.run(pipCommand(await basePythonOf(run), args, env), options)
  if (!hasNoPip(first)) return first
  await ensurePip(run)
  return commands.run(pipCommand(pythonOf(run.venv), args, env), options)
}
