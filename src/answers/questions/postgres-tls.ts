// In: nothing. Out: the questions about TLS on the way to PostgreSQL.
import { picklist } from 'valibot'
import { isGiven, NO_OTHERS_POSTGRES, usesOthersPostgres } from '../conditions.ts'
import { isLoopbackHost } from '../public-address.ts'
import { question } from '../question.ts'
import { absolutePath, oneLine } from '../schemas.ts'
import type { Answers } from '../answers.ts'
import { databaseOf } from './stores.ts'

const elsewhere = ({ postgresHost: host, backendStore }: Partial<Answers>, before: Partial<Answers>) =>
  host !== before.postgresHost || backendStore !== before.backendStore

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

export const postgresSslmode = question({
  id: 'postgresSslmode',
  kind: 'text',
  choices: SSL_MODES,
  group: 'PostgreSQL',
  placeholder: '<mode>',
  summary: 'TLS to PostgreSQL, as libpq names it: disable, prefer, require, verify-ca or verify-full',
  ask: 'How should the way to PostgreSQL be protected?',
  when: usesOthersPostgres,
  whenNot: NO_OTHERS_POSTGRES,
  options: () => [
    { value: 'verify-full', label: 'TLS, certificate and host checked', hint: 'verify-full' },
    { value: 'verify-ca', label: 'TLS, certificate checked', hint: 'verify-ca' },
    { value: 'require', label: 'TLS', hint: 'require' },
    { value: 'prefer', label: 'TLS where the server has it', hint: 'prefer' },
    { value: 'disable', label: 'Not at all', hint: 'disable' },
  ],
  schema: picklist(SSL_MODES, 'is not one of disable, prefer, require, verify-ca, verify-full'),
  outdated: elsewhere,
  default: ({ backendStore = '', postgresHost: host = '' }, facts) => {
    const { sslMode } = databaseOf(backendStore)
    if (sslMode !== undefined) return { value: sslMode }
    if (isGiven(facts, 'postgresCaFile')) return { value: 'verify-full', why: 'its roots are given' }
    if (host.startsWith('/')) return { value: 'disable', why: 'a socket' }
    return isLoopbackHost(host)
      ? { value: 'prefer', why: 'this machine' }
      : { value: 'require', why: 'another machine' }
  },
  defaultInWords: 'verify-full with --postgres-ca-file, require to another machine, else prefer',
})

export const postgresCaFile = question({
  id: 'postgresCaFile',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<path>',
  summary: "a PEM file with the roots that PostgreSQL's certificate is checked against, or system",
  ask: "Which file has the roots for PostgreSQL's certificate (or system)?",
  when: usesOthersPostgres,
  whenNot: NO_OTHERS_POSTGRES,
  schema: oneLine('a path, or system'),
  normalise: (value, facts) => absolutePath(value, facts, 'system'),
  outdated: elsewhere,
  default: ({ backendStore = '' }) => ({ value: databaseOf(backendStore).caFile ?? 'system' }),
  defaultInWords: 'system',
})
