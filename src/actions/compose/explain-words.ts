// In: what a container of MLflow's image wrote before it ended. Out: why it ended and what to do, where containers differ.
import type { Hint } from '../../errors.ts'
import type { Explanation } from '../services/explain-death.ts'

interface Cause {
  /** What libpq, boto3, Python or the stack's own jobs write. */
  readonly sign: RegExp
  explain(match: RegExpExecArray): Explanation
}

const goOn = (text: string): Hint => ({ text: `${text} Then go on:`, command: 'mlflow-setup apply' })

const NETWORKS = '172.16.0.0/12'
const FIREWALL = `a firewall that drops what comes from ${NETWORKS}, or a server that listens for this machine only`

/** Shown as they stand in requirements. */
const PACKAGES: Readonly<Record<string, string>> = { psycopg2: 'psycopg2-binary', flask_wtf: 'Flask-WTF' }

/** The first that matches counts, so that the special stands before the general. */
const CAUSES: readonly Cause[] = [
  {
    sign: /no pg_hba\.conf entry for host "([^"]+)", user "([^"]+)", database "([^"]+)"/u,
    explain: ([, host = '', user = '', database = '']) => ({
      because: `The server's pg_hba.conf lets nobody in from ${host}, where this container is.`,
      hint: goOn(
        `Add the line "host ${database} ${user} ${NETWORKS} scram-sha-256" to it, and reload it: select pg_reload_conf().`,
      ),
    }),
  },
  {
    sign: /(Ident|Peer|GSSAPI|LDAP|certificate|RADIUS|PAM) authentication failed for user "([^"]+)"/u,
    explain: ([, kind = '', user = '']) => ({
      because: `The server's pg_hba.conf asks containers for something else than a password: ${kind}.`,
      hint: goOn(`Put a line for ${user} from ${NETWORKS} with scram-sha-256 before the one that counts today.`),
    }),
  },
  {
    sign: /could not translate host name "([^"]+)"/u,
    explain: ([, host = '']) => ({
      because: `Containers do not know the name ${host}: they ask DNS, and not /etc/hosts of this machine.`,
      hint: goOn('Give its address in mlflow-setup.yaml, or put the name into DNS.'),
    }),
  },
  {
    sign: /connection to server at "([^"]+)"[^\n]*port (\d+) failed: (?:Connection refused|[^\n]*tim(?:ed out|eout)|No route|[^\n]*unreachable)/u,
    explain: ([, host = '', port = '']) => ({
      because: `PostgreSQL at ${host}:${port} does not answer containers, though it answers this machine.`,
      hint: goOn(`Look for ${FIREWALL} (listen_addresses in postgresql.conf).`),
    }),
  },
  {
    sign: /root certificate file "[^"]*" does not exist|CERTIFICATE_VERIFY_FAILED|certificate verify failed|unable to get local issuer/u,
    explain: () => ({
      because:
        'Containers do not trust the certificate of the server: they know the public roots, not those of this machine.',
      hint: goOn('Name the PEM file of its roots as caFile of that store in mlflow-setup.yaml.'),
    }),
  },
  {
    sign: /server certificate for "([^"]+)"[^\n]* does not match host name "([^"]+)"|doesn't match ['"]([^'"]+)|hostname '([^']+)' doesn't match/u,
    explain: ([, holder, asked, doubted, named]) => ({
      because: `The certificate ${holder === undefined ? 'of the server' : `for ${holder}`} is not for ${asked ?? doubted ?? named ?? ''}, as which containers reach it.`,
      hint: goOn('Give a name or an address in mlflow-setup.yaml that the certificate is for.'),
    }),
  },
  {
    sign: /An older MLflow made the tables in (\S+)/u,
    explain: ([, database = '']) => ({
      because: `The tables in ${database} are of an older MLflow.`,
      hint: {
        text: 'Back the database up. Then bring its tables to this version, in the stack directory, and apply again:',
        command: 'docker compose run --rm --no-deps database mlflow db upgrade postgresql+psycopg2://',
      },
    }),
  },
  {
    sign: /A newer MLflow made the tables in (\S+)/u,
    explain: ([, database = '']) => ({
      because: `The tables in ${database} are of a newer MLflow, which this one does not understand.`,
      hint: goOn('Write that version, or a newer one, as mlflowVersion into mlflow-setup.yaml.'),
    }),
  },
  {
    sign: /Database (\S+) at \S+ refused: (permission denied[^\n]*)/u,
    explain: ([, database = '', why = '']) => ({
      because: `The role may not make what MLflow needs in ${database}: ${why}.`,
      hint: goOn('Make the role the owner of the database.'),
    }),
  },
  {
    sign: /Unable to locate credentials/u,
    explain: () => ({
      because: 'Containers get no keys from this machine: its role is handed out one network hop away only.',
      hint: goOn(
        'Allow two hops (aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2), or give keys.',
      ),
    }),
  },
  {
    sign: /Could not connect to the endpoint URL: "([^"?]+)|Connect timeout on endpoint URL: "([^"?]+)/u,
    explain: ([, refused, late]) => ({
      because: `The store at ${originOf(refused ?? late ?? '')} does not answer containers, though it answers this machine.`,
      hint: goOn(`Look for ${FIREWALL}, or a name that only /etc/hosts of this machine has.`),
    }),
  },
  {
    sign: /No access to bucket [^:]+:\/\/[^:]+:[^\n]*\((InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|403)\)/u,
    explain: ([, code = '']) => ({
      because: `The store does not take the keys from containers: ${code}.`,
      hint: goOn('See that containers find the same store under this address, and that no policy names addresses.'),
    }),
  },
  {
    sign: /No module named '(\w+)/u,
    explain: ([, name = '']) => ({
      because: `The image has no Python package ${PACKAGES[name] ?? name}, which this stack needs.`,
      hint: goOn(
        `Build an image on it in which "pip install ${PACKAGES[name] ?? name}" was run, or write mlflow: build under images in mlflow-setup.yaml.`,
      ),
    }),
  },
]

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url
}

/** Undefined when the text says nothing that is special in containers. */
export function explainWords(text: string): Explanation | undefined {
  for (const { sign, explain } of CAUSES) {
    const match = sign.exec(text)
    if (match !== null) return explain(match)
  }
  return undefined
}
