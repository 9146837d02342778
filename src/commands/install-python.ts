// In: a situation without a usable Python. Out: the situation after the distribution's Python was installed, if that may be done.
import { applyAction } from '../actions/action-table.ts'
import { renderShellCommand } from '../formats/shell-words.ts'
import { buildAction } from '../targets/build-action.ts'
import type { CommandContext } from './command-context.ts'
import type { AnswerOptions } from './options.ts'
import { inspectSituation, type Situation } from './resolve-stack.ts'
import { withProgress } from './with-progress.ts'

/**
 * Installs only on consent: `--install-packages yes` in any of its forms, or `consent`, which is shown the command.
 * Throws ExternalError when the package manager fails.
 */
export async function installMissingPython(
  context: CommandContext,
  options: AnswerOptions,
  situation: Situation,
  consent: (command: string) => Promise<boolean> = () => Promise.resolve(false),
): Promise<Situation> {
  const { machine } = situation.facts
  const { flags, env, file } = situation.sources
  const named = flags.python ?? env['MLFLOW_SETUP_PYTHON'] ?? file?.answers['python']
  if (machine.pythons.length > 0 || named !== undefined || machine.systemPackages === undefined) return situation
  const command = machine.systemPackages.installPython
  const given = flags.installPackages ?? env['MLFLOW_SETUP_INSTALL_PACKAGES'] ?? file?.answers['install-packages']
  if (given !== 'yes' && !(await consent(renderShellCommand(command)))) return situation
  const about = { name: 'python', title: 'Python', detail: renderShellCommand(command), needs: [] }
  const action = buildAction('install-system-packages', about, { command, sudo: !machine.root })
  await withProgress(context, async (progress) => {
    progress.start(action.id, action.title)
    await applyAction(action, { ...context, secrets: {} }, (text) => progress.update(action.id, text), context.signal)
    progress.finish(action.id)
  })
  return inspectSituation(context, options, situation.sources.prompted)
}
