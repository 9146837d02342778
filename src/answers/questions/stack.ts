// In: nothing. Out: the questions about what the stack is and where it is.
import { basename, join, resolve } from 'node:path'
import { check, picklist, pipe, regex, string, transform, union, number, maxLength } from 'valibot'
import { PINNED_MLFLOW_VERSION, whyNotVersion } from '../pinned-version.ts'
import { isForTeam } from '../conditions.ts'
import { expandHome } from '../expand-home.ts'
import { SHARED_DIRECTORY } from '../shared-directory.ts'
import { FIRST_QUESTION, SCENARIOS } from '../first-question.ts'
import { EXACT_VERSION, LONGEST_STACK_NAME, STACK_NAME } from '../names.ts'
import type { Machine } from '../machine.ts'
import { isUsableEngine } from '../machine/judge-engine.ts'
import { question } from '../question.ts'

const TARGETS = ['native', 'compose'] as const

export const scenario = question({
  id: 'scenario',
  kind: 'integer',
  choices: [1, 2, 3, 4, 5, 6],
  group: 'Stack',
  placeholder: '<number>',
  summary: 'the layout of client, server and stores: 1 to 6',
  ask: FIRST_QUESTION,
  asks: () => true,
  options: () => SCENARIOS,
  schema: pipe(
    union([string(), number()], 'is not a scenario: 1 to 6'),
    transform((value) => String(value).trim()),
    check((value) => SCENARIOS.some((known) => known.value === value), 'is not one of 1, 2, 3, 4, 5, 6'),
    transform(Number),
    picklist([1, 2, 3, 4, 5, 6]),
  ),
  default: () => ({ value: 3, why: 'right for one person' }),
  defaultInWords: '3',
})

export const target = question({
  id: 'target',
  kind: 'text',
  choices: TARGETS,
  group: 'Stack',
  placeholder: '<name>',
  summary: 'where the stack runs: native (on this machine itself) or compose (in containers)',
  ask: 'Where should it run?',
  // Where there is no engine, nobody has to decide.
  asks: (answers, { machine }) => isForTeam(answers) && isUsableEngine(machine.engine),
  options: ({ scenario: layout }) => [
    { value: 'native', label: 'On this machine itself', hint: 'a virtual environment and services' },
    ...(layout !== undefined && layout <= 2
      ? []
      : [{ value: 'compose', label: 'In containers', hint: 'Docker Compose, with everything in it' }]),
  ],
  schema: pipe(
    string('is not native or compose'),
    check(
      (value) => !['kubernetes', 'openshift'].includes(value),
      'is not part of this version; take native or compose',
    ),
    picklist(TARGETS, 'is not native or compose'),
  ),
  conflict: (value, { scenario: layout }) =>
    value === 'compose' && layout !== undefined && layout <= 2
      ? `has nothing to run in scenario ${layout}, which has no server; take native`
      : undefined,
  default: (answers, { machine }) =>
    isForTeam(answers) && isUsableEngine(machine.engine) && lacksPrograms(machine)
      ? { value: 'compose', why: 'Docker is here, PostgreSQL and nginx are not' }
      : { value: 'native' },
  lacks: (value, { machine }) => (value === 'compose' && machine.engine.kind === 'none' ? 'docker' : undefined),
  defaultInWords: 'native; compose in scenarios 4 to 6 where Docker is on the machine and PostgreSQL and nginx are not',
})

function lacksPrograms({ postgres, nginx }: Machine): boolean {
  return postgres.programs.length === 0 && nginx === undefined
}

export const dir = question({
  id: 'dir',
  kind: 'text',
  group: 'Stack',
  placeholder: '<path>',
  summary: 'the stack directory: everything of the stack is in it',
  ask: 'In which directory?',
  schema: pipe(
    string('is not a path'),
    check((value) => value.trim() !== '', 'is empty; give a path'),
    // systemd, the shell and .env files all work line by line.
    check((value) => !/[\r\n]/.test(value), 'has a line break in it'),
    check((value) => !/\p{Cc}/u.test(value), 'has a control character in it'),
  ),
  normalise: (value, facts) => resolve(facts.cwd, expandHome(value, facts.home)),
  default: (answers, facts) => {
    if (facts.machine.root && isForTeam(answers)) return { value: SHARED_DIRECTORY, why: 'services may enter it' }
    return facts.home === undefined ? undefined : { value: join(facts.home, 'mlflow') }
  },
  missing: () => 'the stack directory, because HOME is not set',
  defaultInWords: 'the stack in the current directory, else `~/mlflow`; for root in scenarios 4 to 6 `/srv/mlflow`',
})

export const name = question({
  id: 'name',
  kind: 'text',
  group: 'Stack',
  placeholder: '<name>',
  summary: 'the name of the stack, for units, containers, volumes and reports',
  ask: 'What should it be called?',
  schema: pipe(
    string('is not a name'),
    regex(STACK_NAME.pattern, STACK_NAME.fault),
    maxLength(LONGEST_STACK_NAME, `is longer than ${LONGEST_STACK_NAME} characters`),
  ),
  default: (answers) => ({ value: nameFor(answers.dir ?? 'mlflow') }),
  defaultInWords: 'from the directory',
})

/** A stack's name from its directory's: `/srv/My Models` → `my-models`. */
function nameFor(directory: string): string {
  const plain = basename(directory)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, LONGEST_STACK_NAME)
    .replace(/-+$/, '')
  return plain === '' ? 'mlflow' : plain
}

export const mlflowVersion = question({
  id: 'mlflowVersion',
  kind: 'text',
  group: 'Stack',
  placeholder: '<version>',
  summary: 'the exact MLflow version of server and client',
  ask: 'Which MLflow version?',
  schema: pipe(
    string('is not a version in quotes, such as "3.17.2"'),
    regex(EXACT_VERSION.pattern, EXACT_VERSION.fault),
    check(
      (value) => whyNotVersion(value) === undefined,
      (issue) => whyNotVersion(issue.input) ?? '',
    ),
  ),
  default: () => ({ value: PINNED_MLFLOW_VERSION, why: 'tested with this release' }),
  defaultInWords: PINNED_MLFLOW_VERSION,
})
