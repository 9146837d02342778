// In: a situation whose answers need programs that are not here. Out: the answers, after the distribution's packages were installed.
import { applyAction } from '../actions/action-table.ts'
import type { Program, ResolvedAnswers } from '../answers/answers.ts'
import { installCommand } from '../answers/machine/system-packages.ts'
import { resolveAnswers, type Ask } from '../answers/resolve.ts'
import { renderShellCommand } from '../formats/shell-words.ts'
import { buildAction } from '../targets/build-action.ts'
import type { CommandContext } from './command-context.ts'
import type { AnswerOptions } from './options.ts'
import { inspectSituation, type Situation } from './resolve-stack.ts'
import { startEngine } from './start-engine.ts'
import { stopDefaultServices } from './stop-default-services.ts'
import { withProgress } from './with-progress.ts'

/** Somebody who can be asked. */
export interface Asking {
  readonly ask: Ask
  /** Whether these programs may be installed with this command. */
  consent(programs: readonly Program[], command: string): Promise<boolean>
}

/**
 * Answers leave programs open only where they may be installed: by `--install-packages yes` in any of its forms, or because
 * somebody is there to consent. Whoever refuses names the programs themselves.
 * Throws UserError `answers.wrong`, CancelledError, and ExternalError when the package manager fails.
 */
export async function resolveWithPrograms(
  context: CommandContext,
  options: AnswerOptions,
  found: Situation,
  asking?: Asking,
): Promise<{ readonly situation: Situation; readonly resolved: ResolvedAnswers }> {
  const resolved = await resolveAnswers(found.sources, found.facts, asking?.ask)
  const { systemPackages } = found.facts.machine
  if (resolved.open.length === 0 || systemPackages === undefined) return { situation: found, resolved }
  const command = installCommand(systemPackages, resolved.open)
  const agreed =
    resolved.answers.installPackages === 'yes' ||
    ((await asking?.consent(resolved.open, renderShellCommand(command))) ?? false)
  if (agreed) await install(context, found, resolved.open, command)
  const { prompted } = found.sources
  const again = agreed ? await inspectSituation(context, options, asking === undefined ? undefined : prompted) : found
  // What is missing now stays missing.
  const situation = { ...again, facts: { ...again.facts, installable: [] } }
  return { situation, resolved: await resolveAnswers(situation.sources, situation.facts, asking?.ask) }
}

const NAMES: Readonly<Record<Program, string>> = {
  python: 'Python',
  postgresql: 'PostgreSQL',
  nginx: 'nginx',
  docker: 'Docker',
}

async function install(
  context: CommandContext,
  { facts }: Situation,
  programs: readonly Program[],
  command: readonly string[],
): Promise<void> {
  const title = programs.map((program) => NAMES[program]).join(', ')
  const about = { name: programs.join('-'), title, detail: renderShellCommand(command), needs: [] }
  const action = buildAction('install-system-packages', about, { command, sudo: !facts.machine.root })
  await withProgress(context, async (progress) => {
    progress.start(action.id, action.title)
    const say = (text: string) => progress.update(action.id, text)
    await applyAction(action, { ...context, secrets: {} }, say, context.signal)
    const stopped = await stopDefaultServices(context, facts.machine, programs)
    await startEngine(context, facts.machine, programs)
    progress.finish(action.id, stopped.length === 0 ? undefined : `its own service ${stopped.join(', ')} switched off`)
  })
}
