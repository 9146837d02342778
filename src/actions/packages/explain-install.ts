import { hideLogins } from '../../formats/secret-text.ts'
import { ExternalError } from '../../errors.ts'
import type { CommandResult } from '../../ports/commands.ts'

export type InstallFailure =
  | 'no-space'
  | 'tls'
  | 'unreachable'
  | 'refused'
  | 'no-match'
  | 'killed'
  | 'timeout'
  | 'unknown'

/** Which words in the output of uv and pip mean what; the first that fits counts. pip says "no matching distribution" last, after any other reason. */
const WORDS: readonly (readonly [InstallFailure, RegExp])[] = [
  ['no-space', /No space left on device|Errno 28\b|os error 28\b|Disk quota exceeded|os error 122\b/u],
  [
    'tls',
    /invalid peer certificate|UnknownIssuer|CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed|SSLCertVerificationError/u,
  ],
  [
    'refused',
    /\b40[137] (?:Client Error|Unauthorized|Forbidden|Proxy)|HTTP status client error \(40[137]|Authentication error|status code 40[137]/u,
  ],
  [
    'unreachable',
    /NewConnectionError|ConnectTimeout|NameResolutionError|ReadTimeout|Read timed out|ProxyError|ProtocolError|ConnectionResetError/u,
  ],
  [
    'unreachable',
    /error sending request|dns error|tcp connect error|operation timed out|Failed to fetch|Could not connect|HTTP status server error/u,
  ],
  [
    'no-match',
    /No solution found|No matching distribution found|Could not find a version|was not found in the package registry/u,
  ],
]

/** Says why an installer failed, from what it printed. */
export function classifyInstall(result: CommandResult): InstallFailure {
  if (result.timedOut) return 'timeout'
  const text = `${result.stdout}\n${result.stderr}`
  const found = WORDS.find(([, words]) => words.test(text))?.[0]
  if (found !== undefined) return found
  return result.exitCode > 128 ? 'killed' : 'unknown'
}

/** The last lines that say something, without logins. */
export function lastLines(text: string, count = 8): readonly string[] {
  const lines = text.split('\n').map((line) => hideLogins(line.trimEnd()))
  return lines.filter((line) => line.trim() !== '').slice(-count)
}

/** In place of a host that nobody named: pip and uv have one of their own. */
const NO_HOST = 'the package index'

/** The host that was asked, as far as the output or the settings name it. */
export function indexHost(text: string, env: Readonly<Record<string, string>>): string {
  const named = /(?:url \(|fetch: `?|indexes: |index-url )(https?:\/\/[^\s)`,]+)/u.exec(text)?.[1]
  const address = named ?? env['UV_DEFAULT_INDEX'] ?? env['UV_INDEX_URL'] ?? env['PIP_INDEX_URL'] ?? ''
  return URL.canParse(address) ? new URL(address).host : NO_HOST
}

interface InstallAttempt {
  /** `uv`, `pip`: who ran, as shown. */
  readonly installer: string
  readonly result: CommandResult
  readonly env: Readonly<Record<string, string>>
  /** What was wanted, as shown: `mlflow==3.17.2`. */
  readonly wanted: string
  /** Where the packages go, and what its disk has left. */
  readonly directory: string
  readonly freeBytes: number
}

/** The error for a failed installation: what, why, and what cures it. Everything that was done is kept, so a second run goes on. */
export function buildInstallError(attempt: InstallAttempt): ExternalError {
  const { installer, result } = attempt
  const text = `${result.stdout}\n${result.stderr}`
  const words = EXPLANATIONS[classifyInstall(result)]
  return new ExternalError(words.code, 'The Python packages could not be installed.', {
    because: words.because(attempt, indexHost(text, attempt.env)).replace(/^the /, 'The '),
    hint: { text: words.hint },
    command: `${installer} install`,
    exitCode: result.exitCode,
    source: installer,
    lastLines: lastLines(text),
  })
}

interface Words {
  readonly code: string
  readonly because: (attempt: InstallAttempt, host: string) => string
  readonly hint: string
}

/** What MLflow and its packages take. */
const NEEDED_BYTES = 1_000_000_000

const NETWORK =
  'Check the network; behind a proxy set HTTPS_PROXY, for a mirror set PIP_INDEX_URL or UV_INDEX_URL. Then run again.'

const EXPLANATIONS: Readonly<Record<InstallFailure, Words>> = {
  'no-space': {
    code: 'files.no-space',
    because: ({ directory, freeBytes }) => {
      const free = `${Math.floor(freeBytes / 1_000_000)} MB`
      return freeBytes < NEEDED_BYTES
        ? `The disk of ${directory} is full: MLflow needs about 1 GB, ${free} are free.`
        : `A disk is full, and not that of ${directory} (${free} free): the one of the package cache or of TMPDIR.`
    },
    hint: 'Free some space and run again, or choose a directory on another disk with --dir.',
  },
  tls: {
    code: 'index.tls',
    because: (_, host) =>
      `The certificate of ${host} is not trusted. A proxy that looks into encrypted connections does that.`,
    hint: 'Name the file with its root certificate in SSL_CERT_FILE (PEM) and run again.',
  },
  unreachable: { code: 'index.unreachable', because: (_, host) => `${host} could not be reached.`, hint: NETWORK },
  refused: {
    code: 'index.refused',
    because: (_, host) => `${host} refused the request.`,
    hint: 'Check user and password in the address of the package index, or in ~/.netrc.',
  },
  'no-match': {
    code: 'packages.no-match',
    because: ({ wanted }, host) => `${host} has no versions of ${wanted} that fit together on this Python.`,
    hint: 'Choose another version with --mlflow-version, or another Python with --python.',
  },
  killed: {
    code: 'packages.killed',
    because: ({ installer }) => `${installer} was killed. Without memory the system does that.`,
    hint: 'Free some memory and run again: it goes on from there.',
  },
  timeout: {
    code: 'packages.timeout',
    because: ({ installer }) => `${installer} did not finish in time.`,
    hint: NETWORK,
  },
  unknown: {
    code: 'packages.failed',
    because: ({ installer, result }) => `${installer} ended with code ${result.exitCode}.`,
    hint: 'Read its last lines, then run again.',
  },
}
