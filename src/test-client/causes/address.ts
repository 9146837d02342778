// In: nothing. Out: causes: answers of a server that is another one than was meant.
import type { Evidence } from '../failure.ts'
import { hostOf, isPage, testAt } from './cause.ts'
import type { Cause } from './cause.ts'

export const ADDRESS_CAUSES: readonly Cause[] = [
  {
    status: [301, 302, 303, 307, 308],
    because: (seen) => `The server sends on to ${seen.headers?.['location'] ?? 'another address'}.`,
    hint: (seen) => ({ text: 'Use the address that it names.', command: testAt(movedTo(seen)) }),
  },
  {
    status: [421],
    because: (seen) => `nginx answers to its public name only, and ${hostOf(seen)} is another one.`,
    hint: { text: 'Use the public address of the stack.', command: 'mlflow-setup status' },
  },
  {
    text: /_(up|down)loads_enabled/,
    because: 'Clients of this stack cannot reach the store: they would wait two minutes for every file, and fail.',
    hint: { text: 'Put the settings of nginx back, which tell them otherwise.', command: 'mlflow-setup apply' },
  },
  {
    text: /plain HTTP request was sent to HTTPS port/,
    because: 'That port speaks TLS.',
    hint: (seen) => ({ text: 'Use https://.', command: testAt(seen.trackingUri.replace(/^http:/i, 'https:')) }),
  },
  {
    text: /running in `--artifacts-only` mode/,
    because: 'This is the artifact server of scenario 6: it keeps files and knows no runs.',
    hint: { text: 'Use the address of the tracking server.' },
  },
  {
    text: /running with `--no-serve-artifacts`|Artifact serving is disabled/,
    because:
      'The server was started with --no-serve-artifacts, but its experiments keep their files behind mlflow-artifacts:/.',
    hint: { text: 'Start it with --serve-artifacts, or give --default-artifact-root an address that clients reach.' },
  },
  {
    status: [404, 200, 405],
    steps: ['server'],
    because: (seen) =>
      `What answers at ${hostOf(seen)} is not MLflow, or MLflow lives under a path of it (--static-prefix).`,
    hint: (seen) => ({
      text: 'Give the whole address, with the path.',
      command: testAt(`${seen.trackingUri.replace(/\/+$/, '')}/mlflow`),
    }),
  },
  {
    status: [404],
    when: isPage,
    because:
      'The server does not know this part of MLflow’s API: it is older, or a proxy lets only some paths through.',
    hint: { text: 'Let the proxy pass every path unchanged, and use MLflow 3.11 or newer.' },
  },
]

/** The address to use after a redirect, in the form of a tracking URI. */
function movedTo(seen: Evidence): string {
  const location = seen.headers?.['location'] ?? ''
  if (!URL.canParse(location, seen.trackingUri)) return seen.trackingUri
  return new URL(location, seen.trackingUri).href.replace(/\/(version|api\/.*)?(\?.*)?$/, '')
}
