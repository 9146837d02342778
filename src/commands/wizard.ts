// In: a person at a terminal. Out: exit code. It brings up the first question at once, and looks around while that is read.
import { join } from 'node:path'
import { FIRST_QUESTION, SCENARIOS } from '../answers/first-question.ts'
import { inspectMachineSize } from '../answers/machine/machine-size.ts'
import { variableOf } from '../answers/question.ts'
import { CancelledError } from '../errors.ts'
import { formatMachineSize } from '../report/machine-view.ts'
import { makeStyle } from '../report/style.ts'
import { SPEC_FILE } from '../stack/file-names.ts'
import type { CommandContext } from './command-context.ts'
import { findStackDirectory } from './find-stack-directory.ts'
import type { AnswerOptions } from './options.ts'
import type { Prompted, Situation } from './resolve-stack.ts'

/** Nothing is changed before the person said yes to a plan that they saw. Throws CancelledError when they stop. */
export async function runWizard(context: CommandContext, options: AnswerOptions): Promise<number> {
  const { prompts, terminal, host, files, signal } = context
  prompts.intro(`mlflow-setup ${context.version}`)
  try {
    const [size, diskFreeBytes, open] = await Promise.all([
      inspectMachineSize(context, signal),
      files.freeBytes(host.home ?? context.cwd),
      isFirstQuestionOpen(context, options),
    ])
    prompts.note(formatMachineSize(size, diskFreeBytes, makeStyle(terminal, host.home)))
    const prompted: Prompted = {}
    const situation = open ? await askFirst(context, options, prompted) : await lookAround(context, options, prompted)
    const { runRounds } = await import('./wizard-rounds.ts')
    return await runRounds(context, options, situation, prompted)
  } catch (error) {
    if (error instanceof CancelledError && !error.changed) prompts.cancelled('Cancelled. Nothing was changed.')
    throw error
  }
}

/** Whether nothing else says which scenario: no flag, no variable, no answers file, no stack that is there. */
async function isFirstQuestionOpen(context: CommandContext, { flags, answers, dir }: AnswerOptions): Promise<boolean> {
  const { env, files } = context
  const given = flags.scenario ?? env[variableOf({ id: 'scenario' })] ?? ''
  if (given !== '' || answers !== undefined) return false
  const directory = await findStackDirectory(context, [flags.dir ?? dir, env['MLFLOW_SETUP_DIR']])
  return directory === undefined || (await files.stat(join(directory, SPEC_FILE))) === undefined
}

/** The scenario depends on nothing that must be looked up, so it is asked while everything else is. */
async function askFirst(context: CommandContext, options: AnswerOptions, prompted: Prompted): Promise<Situation> {
  let looking: Promise<Situation> | undefined
  const begin = () => {
    looking = lookAround(context, options, prompted)
    // Told when it is waited for, below: a question that stands is not torn down by it.
    looking.catch(() => undefined)
  }
  prompted.scenario = await context.prompts.select({
    message: FIRST_QUESTION,
    choices: SCENARIOS.filter(({ value }) => !(isForContainers(context, options) && Number(value) <= 2)),
    initial: '3',
    onShown: begin,
  })
  return looking ?? lookAround(context, options, prompted)
}

/** Containers have nothing to run where there is no server. */
function isForContainers({ env }: CommandContext, { flags }: AnswerOptions): boolean {
  return (flags.target ?? env[variableOf({ id: 'target' })]) === 'compose'
}

async function lookAround(context: CommandContext, options: AnswerOptions, prompted: Prompted): Promise<Situation> {
  const { inspectSituation } = await import('./resolve-stack.ts')
  return inspectSituation(context, options, prompted)
}
