import { check, integer, maxValue, minValue, number, pipe, string, toNumber, transform, trim, union } from 'valibot'
import { serverAddressOf, isLoopback } from '../public-address.ts'
import { question } from '../question.ts'
import type { Answers } from '../answers.ts'

const hasServer = (answers: Partial<Answers>) => answers.scenario === 3 || answers.scenario === 5
const NO_SERVER = 'does not apply: scenarios 1 and 2 have no server'

/** A number as a file gives it, or its digits as people type them. */
const wholeNumber = (message: string) =>
  union(
    [
      number(),
      pipe(
        string(),
        trim(),
        check((text) => /^\d+$/.test(text)),
        toNumber(),
      ),
    ],
    message,
  )

const port = pipe(
  wholeNumber('is not a port number'),
  integer('is not a port number'),
  minValue(1024, 'is a port for root only; take 1024 to 65535'),
  maxValue(65_535, 'is not a port number; take 1024 to 65535'),
)

export const publicUrl = question({
  id: 'publicUrl',
  kind: 'text',
  group: 'Server',
  placeholder: '<url>',
  summary: 'the one address that clients and browsers use; ports and allowed hosts derive from it',
  ask: 'At which address will clients and browsers reach it?',
  // One person's server is at home on this machine; where a team's is, nobody can derive.
  asks: (answers) => answers.scenario === 5,
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
  default: (_answers, { machine }) => ({
    value: `http://127.0.0.1:${machine.freePort}`,
    why: machine.freePort === 5000 ? 'free port' : 'first free port from 5000 on',
  }),
  defaultInWords: '`http://127.0.0.1:5000`, or the next free port',
})

export const serverPort = question({
  id: 'port',
  kind: 'integer',
  group: 'Server',
  placeholder: '<number>',
  summary: "the server's own port on 127.0.0.1, when a proxy of yours answers at the public address",
  ask: 'On which port of 127.0.0.1 should the server listen, for your proxy?',
  when: (answers) => hasServer(answers) && answers.publicUrl !== undefined && !isLoopback(answers.publicUrl),
  whenNot: 'does not apply: the port is part of --public-url, such as http://127.0.0.1:5001',
  schema: port,
  default: (_answers, { machine }) => ({ value: machine.freePort, why: 'free port' }),
  defaultInWords: '5000, or the next free port',
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
  // SQLite takes one writer at a time: more processes wait for each other, and each costs 200 MB.
  default: () => ({ value: 1, why: 'SQLite takes one writer at a time' }),
  defaultInWords: '1 with SQLite',
})
