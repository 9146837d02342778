// In: nothing. Out: causes: answers of a server that is there and refuses.
import { LOGIN, hostOf } from './cause.ts'
import type { Cause } from './cause.ts'

/** The signature of nginx's own pages. */
const BY_NGINX = /<center>(nginx|openresty)/

export const ACCESS_CAUSES: readonly Cause[] = [
  {
    text: /Invalid Host header/,
    because: (seen) => `MLflow answers only to the host names on its list, and ${hostOf(seen)} is not there.`,
    hint: (seen) => ({ text: `Add ${hostOf(seen)} to MLFLOW_SERVER_ALLOWED_HOSTS of the server and restart it.` }),
  },
  {
    text: /Cross-origin request blocked|Disallowed CORS origin/,
    because: 'MLflow takes changes from a browser only for the origins on its list.',
    hint: {
      text: 'Add the address that people type to MLFLOW_SERVER_CORS_ALLOWED_ORIGINS of the server and restart it.',
    },
  },
  {
    text: /UNAUTHENTICATED.*Failed to list artifacts|Failed to list artifacts.*(signature|InvalidAccessKeyId|Access Key)/s,
    because: 'The server’s own keys for the object store are wrong.',
    hint: { text: 'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the server and restart it.' },
  },
  {
    status: [401],
    text: BY_NGINX,
    when: (seen) => seen.login,
    because: 'nginx does not accept this user with this password.',
    hint: { text: 'Give the user a new password.', command: 'mlflow-setup user passwd' },
  },
  { status: [401], text: BY_NGINX, because: 'nginx asks for a login, and none was given.', hint: LOGIN },
  {
    status: [401],
    when: (seen) => seen.login,
    because: 'The server does not accept this user with this password.',
    hint: LOGIN,
  },
  { status: [401], because: 'The server asks for a login, and none was given.', hint: LOGIN },
  {
    text: /You are not authenticated/,
    because: 'The server asks for a login that was not given or is wrong.',
    hint: LOGIN,
  },
  {
    text: /requires artifacts to be uploaded directly to storage/,
    because: 'The server runs with --artifacts-presigned-only: clients must upload to the object store themselves.',
    hint: { text: 'Start the server without MLFLOW_ARTIFACTS_PRESIGNED_ONLY, or prove it with the Python client.' },
  },
  {
    status: [403],
    text: /Permission denied|PERMISSION_DENIED/,
    because: 'This user is known, but may not do that.',
    hint: { text: 'Grant the permission, or use another user.' },
  },
  {
    status: [403],
    text: BY_NGINX,
    because: 'nginx lets in only the networks on its allow list, and this client comes from another one.',
    hint: { text: 'Add the network of the client.', command: 'mlflow-setup --allow-from NETWORK' },
  },
  {
    text: /The login could not be checked/,
    because: 'nginx could not check the login: its file of passwords is missing or cannot be read.',
    hint: {
      text: 'Look at what nginx logged, and have the file written again: mlflow-setup apply.',
      command: 'mlflow-setup logs nginx',
    },
  },
  {
    text: /^open$/,
    because: 'Whoever reaches this address can read and write everything.',
    hint: { text: 'Put the settings of the proxy back.', command: 'mlflow-setup apply' },
  },
  {
    text: /^open inner port$/,
    because: 'MLflow listens beyond this machine, where nobody asks for a login.',
    hint: { text: 'Have it listen on 127.0.0.1 only.', command: 'mlflow-setup apply' },
  },
  {
    status: [403],
    because: 'A proxy or firewall before the server forbids it.',
    hint: { text: 'Look at the log of that proxy.' },
  },
]
