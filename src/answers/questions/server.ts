// In: nothing. Out: the questions about the public address, the ports and the workers of the server.
import { check, integer, maxValue, minValue, pipe, string, transform, trim } from 'valibot'
import {
  canHave,
  hasServer,
  inContainers,
  isForTeam,
  isGiven,
  isProxied,
  NO_SERVER,
  usesPostgres,
} from '../conditions.ts'
import { freePortBesides, workersFor } from '../machine-choices.ts'
import { isLoopback, portOf, serverAddressOf } from '../public-address.ts'
import { question, type Default, type Facts } from '../question.ts'
import { ownPort, wholeNumber } from '../schemas.ts'
import type { Answers } from '../answers.ts'

export const publicUrl = question({
  id: 'publicUrl',
  kind: 'text',
  group: 'Server',
  placeholder: '<url>',
  summary: 'the one address that clients and browsers use; ports, TLS and allowed hosts derive from it',
  ask: 'At which address will clients and browsers reach it?',
  // One person's server is at home on this machine; where a team's is, nobody can derive.
  asks: isForTeam,
  when: hasServer,
  whenNot: NO_SERVER,
  schema: pipe(
    string('is not an address such as http://127.0.0.1:5000'),
    trim(),
    check(
      (value) => !('problem' in serverAddressOf(value)),
      (issue) => {
        const parsed = serverAddressOf(issue.input)
        return 'problem' in parsed ? parsed.problem : ''
      },
    ),
    transform((value) => {
      const parsed = serverAddressOf(value)
      return 'problem' in parsed ? value : parsed.href
    }),
  ),
  // What is right for one person is not where a team looks.
  outdated: (answers, before) => isForTeam(answers) && !isForTeam(before),
  default: defaultAddress,
  defaultInWords:
    '`http://127.0.0.1:5000`, or the next free port; in scenarios 4 to 6 https at the name of this machine, where nginx is there',
})

function defaultAddress(answers: Partial<Answers>, facts: Facts): Default<string> {
  const { freePorts, networkName, freeHttpsPort } = facts.machine
  const ours =
    isForTeam(answers) && canHave(answers, facts, 'nginx') && facts.given.proxy !== 'none' && facts.given.tls !== 'off'
  if (ours && networkName !== undefined) {
    const port = freeHttpsPort === 443 ? '' : `:${freeHttpsPort}`
    return {
      value: `https://${networkName}${port}`,
      why: `the ${/[a-z]/.test(networkName) ? 'name' : 'address'} of this machine`,
    }
  }
  const [port = 5000] = freePorts
  const scheme = isGiven(facts, 'tlsCert', 'tlsKey') || facts.given.tls === 'self-signed' ? 'https' : 'http'
  return {
    value: `${scheme}://127.0.0.1:${port}`,
    why: port === 5000 ? 'free port' : 'first free port from 5000 on',
  }
}

export const serverPort = question({
  id: 'port',
  kind: 'integer',
  group: 'Server',
  placeholder: '<number>',
  summary: "the server's own port on 127.0.0.1, when a proxy answers at the public address",
  ask: 'On which port of 127.0.0.1 should the server listen, for the proxy?',
  when: (answers) =>
    hasServer(answers) &&
    answers.publicUrl !== undefined &&
    (isProxied(answers) ? !inContainers(answers) : !isLoopback(answers.publicUrl)),
  whenNot: 'does not apply: the port is part of --public-url, such as http://127.0.0.1:5001',
  schema: ownPort,
  conflict: (value, answers) => (value === nginxPort(answers) ? IS_NGINX_PORT : undefined),
  default: (answers, { machine }) => ({ value: freePortBesides(machine, [nginxPort(answers)]), why: 'free port' }),
  defaultInWords: '5000, or the next free port',
})

const IS_NGINX_PORT = 'is the port of --public-url, where nginx listens'

/** Where an nginx of ours listens: on all addresses of this machine, so nobody else can have the port on one of them. */
function nginxPort(answers: Partial<Answers>): number | undefined {
  const { publicUrl: address } = answers
  return address !== undefined && isProxied(answers) ? portOf(new URL(address)) : undefined
}

export const artifactsPort = question({
  id: 'artifactsPort',
  kind: 'integer',
  group: 'Server',
  placeholder: '<number>',
  summary: "the artifact server's own port on 127.0.0.1, in scenario 6",
  ask: 'On which port of 127.0.0.1 should the artifact server listen?',
  when: (answers) => answers.scenario === 6 && !inContainers(answers),
  whenNot: 'does not apply: only scenario 6 has a server for files alone, and in a container it takes no port here',
  schema: ownPort,
  conflict: (value, answers) => {
    if (value === answers.port) return 'is the port of the tracking server too'
    return value === nginxPort(answers) ? IS_NGINX_PORT : undefined
  },
  default: (answers, { machine }) => ({
    value: freePortBesides(machine, [nginxPort(answers), answers.port]),
    why: 'free port',
  }),
  defaultInWords: 'the next free port',
})

export const workers = question({
  id: 'workers',
  kind: 'integer',
  group: 'Server',
  placeholder: '<number>',
  summary: 'worker processes of the server',
  ask: 'How many worker processes?',
  when: hasServer,
  whenNot: NO_SERVER,
  schema: pipe(
    wholeNumber('is not a number'),
    integer('is not a whole number'),
    minValue(1, 'is too few; take 1 to 64'),
    maxValue(64, 'is too many; take 1 to 64'),
  ),
  outdated: (answers, before) => usesPostgres(answers) !== usesPostgres(before),
  // SQLite takes one writer at a time: more processes wait for each other, and each costs 200 MB.
  default: (answers, { machine }) =>
    usesPostgres(answers)
      ? { value: workersFor(machine), why: 'by cores and memory' }
      : { value: 1, why: 'SQLite takes one writer at a time' },
  defaultInWords: '1 with SQLite; with PostgreSQL by cores and memory, 1 to 8',
})
