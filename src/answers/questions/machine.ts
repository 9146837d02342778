// In: nothing. Out: the questions about how this machine runs the stack.
import { picklist, pipe, regex } from 'valibot'
import { hasServer, inContainers, isForTeam, isProxied, NOT_COMPOSE, NOT_NATIVE } from '../conditions.ts'
import type { FoundPython } from '../machine.ts'
import { SYSTEM_USER } from '../names.ts'
import { question, type Option } from '../question.ts'
import { absolutePath, checkedLine, oneLine } from '../schemas.ts'
import { whyNotImage } from '../../formats/image-name.ts'
import type { Answers } from '../answers.ts'

const SERVICE_KINDS = ['systemd', 'systemd-user', 'background'] as const

const SERVICES = {
  systemd: { label: 'systemd', hint: 'starts with the machine' },
  'systemd-user': { label: 'your own systemd', hint: 'starts with the machine, no root' },
  background: { label: 'in the background', hint: 'restarted when it fails, not after a reboot' },
} as const

export const service = question({
  id: 'service',
  kind: 'text',
  choices: SERVICE_KINDS,
  group: 'Machine',
  placeholder: '<kind>',
  summary: 'who keeps the server running: systemd, systemd-user or background',
  ask: 'Who should keep the server running?',
  when: (answers) => hasServer(answers) && !inContainers(answers),
  whenNot: 'does not apply: the engine keeps containers running, and scenarios 1 and 2 have no server',
  options: (_answers, { machine }): readonly Option[] => [
    ...(machine.systemd && machine.root ? [{ value: 'systemd', ...SERVICES.systemd }] : []),
    ...(machine.systemdUser ? [{ value: 'systemd-user', ...SERVICES['systemd-user'] }] : []),
    { value: 'background', ...SERVICES.background },
  ],
  schema: picklist(SERVICE_KINDS, 'is not one of systemd, systemd-user, background'),
  default: (_answers, { machine }) => {
    if (machine.systemd && machine.root) return { value: 'systemd', why: 'systemd runs here' }
    if (machine.systemdUser) return { value: 'systemd-user', why: 'your systemd answers' }
    return { value: 'background', why: 'no systemd here' }
  },
  defaultInWords: 'systemd where it runs, else background',
})

export const runAs = question({
  id: 'runAs',
  kind: 'text',
  group: 'Machine',
  placeholder: '<name>',
  summary: 'the system user that the services run as, made when it is missing; none: whoever sets the stack up',
  ask: 'As which system user should the services run (or none)?',
  when: (answers) => isForTeam(answers) && !inContainers(answers),
  whenNot: 'does not apply: only services of scenarios 4 to 6 on the machine itself have a user of their own',
  schema: pipe(oneLine('the name of a user, or none'), regex(SYSTEM_USER.pattern, SYSTEM_USER.fault)),
  conflict: (value) => (value === 'root' ? 'may do everything on this machine; take another name' : undefined),
  default: (_answers, { machine }) =>
    machine.root ? { value: 'mlflow', why: 'not as root' } : { value: 'none', why: 'only root can make users' },
  defaultInWords: 'mlflow for root, else none',
})

export const python = question({
  id: 'python',
  kind: 'text',
  group: 'Machine',
  placeholder: '<path>',
  summary: 'the Python 3.10 or newer to build on',
  ask: 'Which Python?',
  program: 'python',
  when: (answers) => !inContainers(answers),
  whenNot: NOT_NATIVE,
  schema: oneLine('the path of a Python 3.10 or newer'),
  normalise: (value, facts) => absolutePath(value, facts),
  default: (answers, facts) => {
    const best = facts.machine.pythons.find((one) => !isHidden(one, answers))
    return best === undefined ? undefined : { value: best.path, why: `Python ${best.version}` }
  },
  missing: (facts, answers) => {
    const hidden = facts.machine.pythons.find((one) => isHidden(one, answers))
    const [rejected] = [
      ...(hidden === undefined ? [] : [{ path: hidden.path, why: `the user ${answers.runAs ?? ''} may not run it` }]),
      ...facts.machine.rejectedPythons,
    ]
    const seen = rejected === undefined ? '' : ` (${rejected.path}: ${rejected.why})`
    return `a Python 3.10 or newer that can make a virtual environment${seen}`
  },
  defaultInWords: 'the newest on the machine that MLflow supports',
})

/** The services' own user must get to it. */
function isHidden({ shared }: FoundPython, { runAs: user = 'none' }: Partial<Answers>): boolean {
  return user !== 'none' && !shared
}

export const mlflowImage = question({
  id: 'mlflowImage',
  kind: 'text',
  group: 'Machine',
  placeholder: '<image>',
  summary: "the image with MLflow: build (from MLflow's own, with the drivers that the stack needs), or a ready one",
  ask: 'Which image has MLflow (build, or the name of a ready one)?',
  when: inContainers,
  whenNot: NOT_COMPOSE,
  schema: checkedLine('build, or the name of an image', whyNotImage),
  default: () => ({ value: 'build' }),
  defaultInWords: 'build',
})

export const notebook = question({
  id: 'notebook',
  kind: 'text',
  choices: ['yes', 'no'],
  group: 'Machine',
  placeholder: '<yes or no>',
  summary:
    'whether a notebook (JupyterLab) is beside the server, for everybody who logs in: they share it and what is in it',
  ask: 'Should there be a notebook too, shared by everybody who logs in?',
  when: (answers) => inContainers(answers) && isProxied(answers),
  whenNot: 'does not apply: a notebook is a container behind nginx; see --target and --proxy',
  options: () => [
    { value: 'no', label: 'No', hint: 'people have their own' },
    { value: 'yes', label: 'Yes', hint: 'JupyterLab at /notebook/' },
  ],
  schema: picklist(['yes', 'no'], 'is not yes or no'),
  default: () => ({ value: 'no' }),
  defaultInWords: 'no',
})

export const installPackages = question({
  id: 'installPackages',
  kind: 'text',
  choices: ['yes', 'no'],
  group: 'Machine',
  placeholder: '<yes or no>',
  summary:
    "whether a missing Python, PostgreSQL, nginx or Docker may be installed with the distribution's package manager",
  ask: 'May missing packages be installed?',
  options: () => [
    { value: 'yes', label: 'Yes', hint: "with the distribution's package manager" },
    { value: 'no', label: 'No', hint: 'say what is missing and stop' },
  ],
  schema: picklist(['yes', 'no'], 'is not yes or no'),
  default: () => ({ value: 'no' }),
  defaultInWords: 'no; the wizard asks',
})
