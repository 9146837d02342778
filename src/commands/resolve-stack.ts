// In: the options of a command. Out: the stack that the user wants, and where each answer came from.
import { resolve } from 'node:path'
import { parseAnswersFile } from '../answers/answers-file.ts'
import { expandHome } from '../answers/expand-home.ts'
import type { Answers, ResolvedAnswers } from '../answers/answers.ts'
import { inspectMachine } from '../answers/inspect-machine.ts'
import { installablePrograms } from '../answers/machine/system-packages.ts'
import { keyOf, variableOf, type Facts } from '../answers/question.ts'
import type { AnswerSources } from '../answers/resolve.ts'
import { UserError } from '../errors.ts'
import type { Secrets } from '../secret.ts'
import { answersFromStack, stackFromAnswers } from '../stack/from-answers.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import { findStackDirectory } from './find-stack-directory.ts'
import { readStack } from './find-stack.ts'
import { readGivenSecrets, secretVariables } from './given-secrets.ts'
import type { AnswerOptions } from './options.ts'
import { readKeptSecrets } from './kept-secrets.ts'

/** Everything that is known before the first question. */
export interface Situation {
  readonly facts: Facts
  readonly sources: AnswerSources
  /** The stack that is there already. */
  readonly existing: Stack | undefined
}

/** What the person at the terminal said so far, as typed; more is added while they answer. */
export type Prompted = Partial<Record<keyof Answers, unknown>>

export interface WantedStack {
  readonly stack: Stack
  readonly resolved: ResolvedAnswers
  /** The secrets that the user gave now, by their names in `.env`. */
  readonly given: Secrets
}

/**
 * Looks at machine, answers file and existing stack, side by side. `prompted` says that somebody is there to ask.
 * Throws UserError for a broken file.
 */
export async function inspectSituation(
  context: CommandContext,
  options: AnswerOptions,
  prompted?: AnswerSources['prompted'],
): Promise<Situation> {
  const machineSought = inspectMachine(context, context.signal)
  // Told when it is waited for, below: a broken file is told first.
  machineSought.catch(() => undefined)
  const file = options.answers === undefined ? undefined : await readAnswers(context, options.answers)
  const dirInFile = file?.answers['dir']
  const hints = [prompted?.dir, options.flags.dir, context.env['MLFLOW_SETUP_DIR'], dirInFile]
  const directory = await findStackDirectory(
    context,
    hints.map((hint) => (typeof hint === 'string' ? hint : undefined)),
    prompted?.scenario ??
      options.flags.scenario ??
      context.env[variableOf({ id: 'scenario' })] ??
      file?.answers['scenario'],
  )
  const existing = directory === undefined ? undefined : await readStack(context, directory)
  const [machine, kept] = await Promise.all([machineSought, keptSecrets(context, existing)])
  const found = existing === undefined ? undefined : answersFromStack(existing)
  const sources = { flags: options.flags, prompted: prompted ?? {}, env: context.env, file, existing: found }
  const facts = {
    machine,
    home: context.host.home,
    cwd: context.cwd,
    given: {},
    installable: mayInstall(sources, prompted !== undefined) ? installablePrograms(machine.systemPackages) : [],
    secrets: [...secretVariables(context), ...kept],
    aws: awsFacts(context.env),
  }
  return { facts, existing, sources }
}

/** In the order in which botocore looks; MLflow's own variable counts before both. */
const ENDPOINTS = ['MLFLOW_S3_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']

function awsFacts(env: CommandContext['env']): Facts['aws'] {
  const first = (names: readonly string[]) => names.find((name) => (env[name] ?? '') !== '')
  const valueOf = (name: string | undefined) => (name === undefined ? undefined : env[name])
  const variable = first(ENDPOINTS)
  const url = valueOf(variable)
  return {
    region: valueOf(first(['AWS_REGION', 'AWS_DEFAULT_REGION'])),
    profile: valueOf(first(['AWS_PROFILE'])),
    endpoint: variable === undefined || url === undefined ? undefined : { url, variable },
  }
}

/** Who is not asked must have said it; who is asked must not have refused. */
function mayInstall({ flags, env, file, prompted }: AnswerSources, asked: boolean): boolean {
  const id = { id: 'installPackages' } as const
  const said = prompted[id.id] ?? flags[id.id] ?? env[variableOf(id)] ?? file?.answers[keyOf(id)]
  return said === 'yes' || (asked && said !== 'no')
}

/** The names of the secrets that an existing stack has. */
async function keptSecrets(context: CommandContext, existing: Stack | undefined): Promise<readonly string[]> {
  if (existing === undefined) return []
  return Object.keys((await readKeptSecrets(context, existing)).secrets)
}

/** The stack of these answers, with what the user gave for it. Throws UserError for a secret that will not do. */
export async function wantStack(
  context: CommandContext,
  situation: Situation,
  resolved: ResolvedAnswers,
  typed: Secrets = {},
): Promise<WantedStack> {
  const stack = stackFromAnswers(resolved.answers, situation.existing?.spec)
  return { stack, resolved, given: await readGivenSecrets(context, resolved.answers, typed) }
}

/** Whether anything but the existing stack says what is wanted. */
export function isAnswered(options: AnswerOptions): boolean {
  const asked: (keyof Answers)[] = Object.keys(options.flags).filter(
    (id): id is keyof Answers => id !== 'dir' && id in options.flags,
  )
  return asked.length > 0 || options.answers !== undefined
}

async function readAnswers(context: CommandContext, path: string): Promise<NonNullable<AnswerSources['file']>> {
  const text = await context.files.readText(resolve(context.cwd, expandHome(path, context.host.home)))
  if (text !== undefined) return parseAnswersFile(text, path)
  throw new UserError('answers-file.none', `There is no answers file ${path}.`, {
    hint: { text: 'Check the path after --answers.' },
  })
}
