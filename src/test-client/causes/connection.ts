// In: nothing. Out: causes: what never became an answer of a server.
import { LOGS, STATUS, hostOf, testAt } from './cause.ts'
import type { Cause } from './cause.ts'

export const CONNECTION_CAUSES: readonly Cause[] = [
  {
    code: /^http\.refused$/,
    because: (seen) => `Nothing answers at ${hostOf(seen)}: the server is not running, or listens somewhere else.`,
    hint: STATUS,
  },
  {
    code: /^http\.unknown-host$/,
    because: 'The name in the address is misspelt, or this machine asks a DNS server that does not know it.',
    hint: { text: 'Check the address, or test it from the machine of the server.' },
  },
  {
    code: /^http\.tls$/,
    text: /wrong version number|EPROTO|packet length too long/i,
    because: 'That port speaks plain HTTP, not TLS.',
    hint: (seen) => ({ text: 'Use http://.', command: testAt(seen.trackingUri.replace(/^https:/i, 'http:')) }),
  },
  {
    code: /^http\.tls$/,
    text: /ALTNAME|altnames/i,
    because: (seen) => `The certificate is for another name than ${hostOf(seen)}.`,
    hint: { text: 'Use the name that is in the certificate.' },
  },
  {
    code: /^http\.tls$/,
    text: /EXPIRED|expired/i,
    because: 'The certificate of the server has expired.',
    hint: { text: 'Renew the certificate.' },
  },
  {
    code: /^http\.tls$/,
    because: 'The certificate is not signed by an authority that this machine trusts.',
    hint: {
      text: 'Name the authority’s certificate in MLFLOW_TRACKING_SERVER_CERT_PATH (Node.js: NODE_EXTRA_CA_CERTS).',
    },
  },
  {
    code: /^http\.timeout$/,
    steps: ['login', 'experiment', 'run', 'model', 'search', 'trace'],
    because: 'The server is there, but its API hangs: mostly it waits for its database.',
    hint: LOGS,
  },
  {
    code: /^http\.timeout$/,
    because: (seen) => `${hostOf(seen)} did not answer in time: it is overloaded, or a firewall drops the packets.`,
    hint: STATUS,
  },
  {
    code: /^http\.failed$/,
    text: /HPE_|Parse Error/,
    because: 'What listens on that port does not speak HTTP, or wants https://.',
    hint: (seen) => ({ text: 'Try https://.', command: testAt(seen.trackingUri.replace(/^http:/i, 'https:')) }),
  },
  {
    code: /^http\.failed$/,
    because: 'The server, or a proxy before it, ended the connection in the middle: it was stopped, or it died.',
    hint: LOGS,
  },
]
