import { isAbsolute, resolve } from 'node:path'
import { check, picklist, pipe, string, trim } from 'valibot'
import { expandHome } from '../expand-home.ts'
import { question, type Option } from '../question.ts'

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
  when: (answers) => answers.scenario === 3 || answers.scenario === 5,
  whenNot: 'does not apply: scenarios 1 and 2 have no server',
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

export const python = question({
  id: 'python',
  kind: 'text',
  group: 'Machine',
  placeholder: '<path>',
  summary: 'the Python 3.10 or newer to build on',
  ask: 'Which Python?',
  schema: pipe(
    string('is not a path'),
    trim(),
    check((value) => value !== '', 'is empty; give the path of a Python 3.10 or newer'),
  ),
  normalise: (value, facts) => {
    const path = expandHome(value, facts.home)
    // An interpreter is found by its very path: what looks like a detour may be a link.
    return isAbsolute(path) ? path : resolve(facts.cwd, path)
  },
  default: (_answers, { machine }) => {
    const [best] = machine.pythons
    return best === undefined ? undefined : { value: best.path, why: `Python ${best.version}` }
  },
  missing: ({ machine }) => {
    const [rejected] = machine.rejectedPythons
    const seen = rejected === undefined ? '' : ` (${rejected.path}: ${rejected.why})`
    const install = machine.systemPackages?.installPython.join(' ')
    const cure = install === undefined ? '' : `; install one with: ${install}, or let --install-packages yes do it`
    return `a Python 3.10 or newer that can make a virtual environment${seen}${cure}`
  },
  defaultInWords: 'the newest on the machine that MLflow supports',
})

export const installPackages = question({
  id: 'installPackages',
  kind: 'text',
  choices: ['yes', 'no'],
  group: 'Machine',
  placeholder: '<yes or no>',
  summary: "whether a missing Python may be installed with the distribution's package manager",
  ask: 'May missing packages be installed?',
  options: () => [
    { value: 'yes', label: 'Yes', hint: "with the distribution's package manager" },
    { value: 'no', label: 'No', hint: 'say what is missing and stop' },
  ],
  schema: picklist(['yes', 'no'], 'is not yes or no'),
  default: () => ({ value: 'no' }),
  defaultInWords: 'no; the wizard asks',
})
