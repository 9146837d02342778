// In: nothing. Out: the questions about nginx, its certificate and who may come in.
import { check, picklist, pipe, string } from 'valibot'
import { canHave, hasServer, inContainers, isGiven, isProxied, NO_NGINX, NO_SERVER } from '../conditions.ts'
import { networksOf, whyNotNetworks } from '../networks.ts'
import { isLoopback, portOf, whyNotMlflowItself } from '../public-address.ts'
import { question, type Facts } from '../question.ts'
import { absolutePath, checkedLine, oneLine } from '../schemas.ts'
import type { Answers } from '../answers.ts'

const PROXIES = ['managed', 'system', 'none'] as const
const TLS = ['off', 'self-signed', 'files'] as const

export const proxy = question({
  id: 'proxy',
  kind: 'text',
  choices: PROXIES,
  group: 'Server',
  placeholder: '<kind>',
  summary:
    "who answers at the public address: managed (an nginx of the stack), system (a site in the system's nginx) or none",
  ask: 'Who should answer at the public address?',
  when: hasServer,
  whenNot: NO_SERVER,
  options: (answers) => [
    { value: 'managed', label: 'An nginx of the stack', hint: 'its own process and configuration' },
    ...(inContainers(answers)
      ? []
      : [{ value: 'system', label: "The system's nginx", hint: 'gets one site file; nothing else is touched' }]),
    ...(answers.scenario === 6
      ? []
      : [{ value: 'none', label: 'A proxy of mine, or nobody', hint: 'the server listens on 127.0.0.1 only' }]),
  ],
  schema: picklist(PROXIES, 'is not one of managed, system, none'),
  conflict: (value, answers) => {
    const { scenario, publicUrl } = answers
    const ours = inContainers(answers) ? 'managed' : 'managed or system'
    if (value === 'system') return inContainers(answers) ? `goes with --target native only; take ${ours}` : undefined
    if (value !== 'none') return undefined
    if (scenario === 6) return `leads nobody to the artifact server of scenario 6; take ${ours}`
    const what = publicUrl === undefined ? undefined : whyNotMlflowItself(publicUrl)
    return what === undefined ? undefined : `does not go with ${what}; take ${ours}`
  },
  outdated: (answers, before) =>
    answers.scenario !== before.scenario || isLoopback(answers.publicUrl ?? '') !== isLoopback(before.publicUrl ?? ''),
  default: (answers, facts) => {
    if (!needsNginx(answers, facts)) return { value: 'none' }
    return hasSystemSite(answers, facts)
      ? { value: 'system', why: "the system's nginx has the port" }
      : { value: 'managed', why: 'nginx asks for the password and speaks TLS' }
  },
  defaultInWords: 'managed in scenarios 4 to 6 where nginx is there and the address is public, else none',
})

function needsNginx(answers: Partial<Answers>, facts: Facts): boolean {
  const { scenario, publicUrl } = answers
  const address = publicUrl ?? ''
  // In containers the clients of scenario 4 reach the store through nginx.
  if (scenario === 6 || (scenario === 4 && inContainers(answers))) return true
  if (whyNotMlflowItself(address) !== undefined) return true
  const { tls, auth, notebook } = facts.given
  const wanted = isGiven(facts, 'nginx', 'tlsCert', 'tlsKey', 'allowFrom') || auth === 'htpasswd' || notebook === 'yes'
  if (wanted || (tls !== undefined && tls !== 'off')) return true
  return scenario !== 3 && !isLoopback(address) && canHave(answers, facts, 'nginx')
}

/** Two programs cannot have one port: where the system's nginx has it, the stack becomes a site of that. */
function hasSystemSite(answers: Partial<Answers>, { machine }: Facts): boolean {
  const { publicUrl = '' } = answers
  if (inContainers(answers)) return false
  const port = URL.canParse(publicUrl) ? portOf(new URL(publicUrl)) : 0
  return machine.root && machine.nginx?.systemRuns === true && (port === 80 || port === 443)
}

export const nginx = question({
  id: 'nginx',
  kind: 'text',
  group: 'Server',
  placeholder: '<path>',
  summary: 'the nginx program',
  ask: 'Which nginx?',
  program: 'nginx',
  when: (answers) => isProxied(answers) && !inContainers(answers),
  whenNot: 'does not apply: no nginx program of this machine answers; see --proxy and --target',
  schema: oneLine('the path of nginx'),
  normalise: (value, facts) => absolutePath(value, facts),
  default: (_answers, { machine }) =>
    machine.nginx === undefined ? undefined : { value: machine.nginx.program, why: `nginx ${machine.nginx.version}` },
  missing: () => 'an nginx, which answers at the public address',
  defaultInWords: 'the one on the machine',
})

export const tls = question({
  id: 'tls',
  kind: 'text',
  choices: TLS,
  group: 'Server',
  placeholder: '<kind>',
  summary: 'the certificate of the public address: off, self-signed (by an authority of the stack) or files',
  ask: 'How should the way to this address be protected?',
  // Nothing is missing here while the address is still wrong.
  when: (answers) => isProxied(answers) && answers.publicUrl !== undefined,
  whenNot: NO_NGINX,
  options: ({ publicUrl = '' }) =>
    publicUrl.startsWith('https:')
      ? [
          {
            value: 'self-signed',
            label: 'TLS, by an authority of the stack',
            hint: 'clients get its root certificate',
          },
          { value: 'files', label: 'TLS, by a certificate of yours', hint: 'two PEM files' },
        ]
      : [{ value: 'off', label: 'Not at all', hint: 'passwords and data go in the clear; https:// has TLS' }],
  schema: pipe(
    string('is not one of off, self-signed, files'),
    check((value) => value !== 'acme', 'is not part of this version; take files or self-signed'),
    picklist(TLS, 'is not one of off, self-signed, files'),
  ),
  conflict: (value, { publicUrl = '' }) => {
    const secure = publicUrl.startsWith('https:')
    if (secure && value === 'off') return 'does not go with https:// in --public-url'
    return !secure && value !== 'off' ? 'needs https:// in --public-url' : undefined
  },
  implied: (facts) => (isGiven(facts, 'tlsCert', 'tlsKey') ? 'files' : undefined),
  default: ({ publicUrl = '' }) => {
    if (publicUrl.startsWith('https:')) return { value: 'self-signed', why: 'no certificate was given' }
    return isLoopback(publicUrl) ? { value: 'off', why: 'nothing leaves this machine' } : undefined
  },
  missing: () => 'passwords would go in the clear; take https:// in --public-url, or say --tls off',
  defaultInWords: 'self-signed for https; for http beyond this machine it must be said',
})

export const tlsCert = question({
  id: 'tlsCert',
  kind: 'text',
  group: 'Server',
  placeholder: '<path>',
  summary: 'the certificate with its chain, a PEM file',
  ask: 'Which file has the certificate and its chain (PEM)?',
  when: (answers) => isProxied(answers) && answers.tls === 'files',
  whenNot: 'does not apply: the certificate does not come from files; see --tls',
  schema: oneLine('the path of a certificate'),
  normalise: (value, facts) => absolutePath(value, facts),
  default: () => undefined,
  missing: () => 'the certificate with its chain, a PEM file',
  defaultInWords: 'none',
})

export const tlsKey = question({
  id: 'tlsKey',
  kind: 'text',
  group: 'Server',
  placeholder: '<path>',
  summary: 'the key of the certificate, a PEM file',
  ask: 'Which file has the key of the certificate (PEM)?',
  when: (answers) => isProxied(answers) && answers.tls === 'files',
  whenNot: 'does not apply: the certificate does not come from files; see --tls',
  schema: oneLine('the path of a key'),
  normalise: (value, facts) => absolutePath(value, facts),
  default: () => undefined,
  missing: () => 'the key of the certificate, a PEM file',
  defaultInWords: 'none',
})

export const allowFrom = question({
  id: 'allowFrom',
  kind: 'text',
  group: 'Server',
  placeholder: '<networks>',
  summary: 'the networks that may come in, with commas between them, or all',
  ask: 'Which networks may come in (all, or such as 10.0.0.0/8,192.168.1.7)?',
  when: isProxied,
  whenNot: NO_NGINX,
  schema: checkedLine('all, or networks such as 10.0.0.0/8,192.168.1.7', (value) =>
    value === 'all' ? undefined : whyNotNetworks(value),
  ),
  normalise: (value) => (value === 'all' ? value : networksOf(value).join(',')),
  default: () => ({ value: 'all' }),
  defaultInWords: 'all',
})
