// In: nothing. Out: the questions about who logs in.
import { picklist, pipe, regex } from 'valibot'
import { hasLogin, hasServer, isGiven, isProxied, NO_SERVER } from '../conditions.ts'
import { LOGIN_NAME } from '../names.ts'
import { isLoopback } from '../public-address.ts'
import { question, type Option } from '../question.ts'
import { absolutePath, oneLine } from '../schemas.ts'
import type { Answers } from '../answers.ts'

const KINDS = ['none', 'htpasswd', 'basic-auth'] as const

export const auth = question({
  id: 'auth',
  kind: 'text',
  choices: KINDS,
  group: 'Login',
  placeholder: '<kind>',
  summary: "who asks for user and password: htpasswd (nginx), basic-auth (MLflow's own app, with permissions) or none",
  ask: 'Who should ask for user and password?',
  when: hasServer,
  whenNot: NO_SERVER,
  options: (answers) =>
    OPTIONS.filter(({ value }) => KINDS.some((kind) => kind === value && whyNot(kind, answers) === undefined)),
  schema: picklist(KINDS, 'is not one of none, htpasswd, basic-auth'),
  conflict: whyNot,
  outdated: (answers, before) => isProxied(answers) !== isProxied(before),
  default: (answers, facts) => {
    if (isProxied(answers)) return { value: 'htpasswd', why: 'nginx asks, at full speed' }
    const wanted = isGiven(facts, 'adminUser', 'adminPasswordFile') && whyNot('basic-auth', answers) === undefined
    return { value: wanted ? 'basic-auth' : 'none' }
  },
  defaultInWords: 'htpasswd where nginx answers, else none',
})

const OPTIONS: readonly Option[] = [
  { value: 'htpasswd', label: 'nginx', hint: 'one list of users, all with the same rights' },
  { value: 'basic-auth', label: "MLflow's own login", hint: 'users with permissions for each experiment' },
  { value: 'none', label: 'Nobody', hint: 'everybody who reaches the address comes in' },
]

function whyNot(kind: Answers['auth'], answers: Partial<Answers>): string | undefined {
  const { scenario, publicUrl = '' } = answers
  if (kind === 'htpasswd' && !isProxied(answers)) return 'needs nginx, which asks for the password; see --proxy'
  if (kind === 'basic-auth' && scenario === 6)
    return 'does not go with scenario 6: its artifact server would let everybody in; take htpasswd'
  if (kind === 'basic-auth' && scenario === 3) return 'goes with scenarios 4 and 5; take htpasswd, or scenario 5'
  if (kind === 'none' && isProxied(answers) && !isLoopback(publicUrl))
    return 'would let everybody in at the public address; take htpasswd or basic-auth'
  return undefined
}

const NO_LOGIN = 'does not apply: nobody asks for a password; see --auth'

export const adminUser = question({
  id: 'adminUser',
  kind: 'text',
  group: 'Login',
  placeholder: '<name>',
  summary: 'the first user, who may do everything',
  ask: 'What is the first user called?',
  when: hasLogin,
  whenNot: NO_LOGIN,
  schema: pipe(oneLine('a name'), regex(LOGIN_NAME.pattern, LOGIN_NAME.fault)),
  default: () => ({ value: 'admin' }),
  defaultInWords: 'admin',
})

export const adminPasswordFile = question({
  id: 'adminPasswordFile',
  kind: 'text',
  group: 'Login',
  placeholder: '<path>',
  summary: "a file with the first user's password, or none",
  ask: "Which file has the first user's password (none: one is made)?",
  when: hasLogin,
  whenNot: NO_LOGIN,
  schema: oneLine('a path, or none'),
  normalise: (value, facts) => absolutePath(value, facts, 'none'),
  default: () => ({ value: 'none' }),
  defaultInWords: 'none: `MLFLOW_SETUP_ADMIN_PASSWORD`, else one is made',
})
