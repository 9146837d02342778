// In: nothing. Out: causes: what never became an answer of S3.
import { consoleAt } from '../../formats/object-store-endpoint.ts'
import { ExternalError, UserError } from '../../errors.ts'
import { isRefusal, isRefusedCertificate, isUnknownName } from '../failed-connection.ts'
import type { Asked, StoreCause } from './store-cause.ts'

const API_PORT = /API requests must be made to API port/i
/** Go's server and nginx, each in its own words. */
const PLAIN_ON_TLS = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i

export const CONNECTION_CAUSES: readonly StoreCause[] = [
  {
    applies: ({ system }) => isUnknownName(system),
    explain: (_, { url, login }) =>
      url === undefined
        ? new ExternalError('s3.unknown-host', `No address is known for AWS in the region ${login.region}.`, {
            because: 'There is no such region, or this machine cannot ask a DNS server.',
            hint: { text: 'Correct the region, such as eu-north-1.' },
          })
        : new ExternalError('s3.unknown-host', `No address is known for the name ${hostOf(url, login)}.`, {
            because:
              login.addressing === 'virtual'
                ? 'The store may not know buckets as host names, or the name is misspelt.'
                : 'The name is misspelt, or this machine asks a DNS server that does not know it.',
            hint: { text: 'Correct the endpoint, or use an IP address.' },
          }),
  },
  {
    applies: ({ system }) => isRefusal(system),
    explain: ({ system }, asked) =>
      new ExternalError('s3.refused', `${asked.store} refused the connection.`, {
        because:
          system === 'ECONNREFUSED' ? 'Nothing listens on that port.' : 'There is no way to that host from here.',
        hint: { text: 'Start the object store, or correct the endpoint.' },
      }),
  },
  {
    applies: ({ system }) => system === 'ETIMEDOUT' || system === 'ESOCKETTIMEDOUT',
    explain: (_, asked) =>
      new ExternalError('s3.timeout', `${asked.store} did not answer in time.`, {
        because:
          asked.url === undefined
            ? 'A firewall drops the packets, or wants a proxy to be used, which this program does not do for buckets.'
            : 'A firewall drops the packets, or the store is overloaded.',
        hint: { text: 'Test the way from this machine to the endpoint, then go on.', command: 'mlflow-setup apply' },
      }),
  },
  {
    applies: ({ system, message }) =>
      system === 'EPROTO' || (system.startsWith('ERR_SSL') && /WRONG_VERSION|PACKET_LENGTH/.test(system + message)),
    explain: (_, asked) =>
      new UserError('s3.not-tls', `${asked.store} does not speak TLS.`, {
        because: 'That port speaks plain HTTP, or something else.',
        hint: { text: `Write ${swapScheme(asked)}.` },
      }),
  },
  {
    applies: ({ status, body, message }) => status === 400 && PLAIN_ON_TLS.test(body + message),
    explain: (_, asked) =>
      new UserError('s3.wants-tls', `${asked.store} wants TLS.`, {
        because: 'That port speaks https:// only.',
        hint: { text: `Write ${swapScheme(asked)}.` },
      }),
  },
  {
    applies: ({ system }) => isRefusedCertificate(system),
    explain: ({ system, message }, asked) => tlsError(system, message, asked),
  },
  {
    applies: ({ system }) => system !== '',
    explain: ({ system }, asked) =>
      new ExternalError('s3.connection', `The connection to ${asked.store} broke (${system}).`, {
        because: 'The store, or a proxy or firewall on the way, ended it without an answer.',
        hint:
          asked.url?.protocol === 'http:'
            ? { text: `A port that wants TLS may do that: try ${swapScheme(asked)}.` }
            : { text: 'Check host and port of the endpoint, then go on.', command: 'mlflow-setup apply' },
      }),
  },
  {
    applies: ({ message, body }) => API_PORT.test(message + body),
    explain: ({ headers }, asked) => consoleError(asked, headers['location']),
  },
  {
    applies: ({ status }) => status === 413,
    explain: (_, asked) =>
      new ExternalError('s3.too-large', `${asked.store} refused an upload of 5 MiB.`, {
        because: 'A proxy before the store limits the size of a request (413).',
        hint: { text: 'nginx: set client_max_body_size 0; where it passes on to the store.' },
      }),
  },
  {
    applies: ({ code, status }) => code === '' && status >= 500,
    explain: ({ status }, asked) =>
      new ExternalError('s3.unavailable', `${asked.store} answered with ${status}.`, {
        because: 'A proxy answers, but the store behind it does not; or the store is just starting.',
        hint: { text: 'Start the object store, then go on.', command: 'mlflow-setup apply' },
      }),
  },
  {
    applies: ({ code, status, headers }) =>
      (code === '' || code === 'NotFound') && status > 0 && !/xml/i.test(headers['content-type'] ?? ''),
    explain: ({ headers }, asked) => notS3(asked, headers['content-type'] ?? ''),
  },
]

/** An answer with status 200 that is a page for people. Consoles answer every path so. */
export function notS3(asked: Asked, contentType: string): UserError {
  const console = asked.url === undefined ? undefined : consoleAt(asked.url)
  if (console !== undefined) return consoleError(asked, undefined)
  return new UserError('s3.not-s3', `${asked.store} is no object store.`, {
    because: contentType.includes('html')
      ? 'A web page answers there, not the API of S3.'
      : 'What answers there does not speak S3.',
    hint: { text: 'Give the address of the S3 API, mostly another port than that of its web page.' },
  })
}

function consoleError({ store, url }: Asked, location: string | undefined): UserError {
  const known = url === undefined ? undefined : consoleAt(url)
  const there = location !== undefined && URL.canParse(location) ? new URL(location).origin : undefined
  return new UserError('s3.console', `${store} is the web console of an object store, not its API.`, {
    because: known === undefined ? 'API requests go to another port.' : `Port ${url?.port} is ${known}.`,
    hint: { text: there === undefined ? 'Give the address of the API.' : `The API is at ${there}.` },
  })
}

function tlsError(system: string, message: string, { store, url, login }: Asked): UserError {
  if (system === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = /cert's altnames: (.+)$/.exec(message)?.[1]?.replaceAll('DNS:', '')
    return new UserError('s3.tls-name', `The certificate of ${store} is for another name than ${hostOf(url, login)}.`, {
      because: names === undefined ? 'It is for names only, not for an address.' : `It is for ${names}.`,
      hint: {
        text:
          login.addressing === 'virtual'
            ? 'Use --s3-addressing path, or a certificate for all names below that one.'
            : 'Use the name that is in the certificate.',
      },
    })
  }
  if (system === 'CERT_HAS_EXPIRED') {
    return new UserError('s3.tls-expired', `The certificate of ${store} has expired.`, {
      because: 'Or the clock of this machine is wrong.',
      hint: { text: 'Renew the certificate of the object store.' },
    })
  }
  const chosen = login.caFile === undefined ? '' : ` It is not signed by one in ${login.caFile}.`
  return new UserError('s3.tls-untrusted', `The certificate of ${store} is not trusted.`, {
    because: `Its authority is none of the public ones (${system}).${chosen}`,
    hint: {
      text: 'Name the PEM file of that authority with --s3-ca-file: the list of this system does not count for MLflow.',
    },
  })
}

function hostOf(url: URL | undefined, { addressing, bucket }: Asked['login']): string {
  const host = url?.hostname ?? 'AWS'
  return addressing === 'virtual' && url !== undefined ? `${bucket}.${host}` : host
}

function swapScheme({ url }: Asked): string {
  if (url === undefined) return 'the other scheme'
  return `${url.protocol === 'https:' ? 'http:' : 'https:'}//${url.host}`
}
