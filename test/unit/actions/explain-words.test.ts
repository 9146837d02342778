import { expect, it } from 'vitest'
import { explainWords } from '../../../src/actions/compose/explain-words.ts'

/** As libpq 17, boto3 1.44, Python 3.13 and the stack's jobs wrote them. */
it.each([
  [
    'No connection to database ml at host.docker.internal:5432: connection to server at "host.docker.internal" (172.17.0.1), port 5432 failed: FATAL: no pg_hba.conf entry for host "172.20.0.3", user "ml", database "ml", no encryption',
    "The server's pg_hba.conf lets nobody in from 172.20.0.3, where this container is.",
    'Add the line "host ml ml 172.16.0.0/12 scram-sha-256" to it, and reload it: select pg_reload_conf(). Then go on:',
  ],
  [
    'FATAL: Ident authentication failed for user "ml"',
    "The server's pg_hba.conf asks containers for something else than a password: Ident.",
    'Put a line for ml from 172.16.0.0/12 with scram-sha-256 before the one that counts today. Then go on:',
  ],
  [
    'could not translate host name "db.corp" to address: Name or service not known',
    'Containers do not know the name db.corp: they ask DNS, and not /etc/hosts of this machine.',
    'Give its address in mlflow-setup.yaml, or put the name into DNS. Then go on:',
  ],
  [
    'connection to server at "10.9.9.9", port 5432 failed: timeout expired',
    'PostgreSQL at 10.9.9.9:5432 does not answer containers, though it answers this machine.',
    expect.stringContaining('firewall'),
  ],
  [
    'connection to server at "10.9.9.9", port 5432 failed: SSL error: certificate verify failed',
    'Containers do not trust the certificate of the server: they know the public roots, not those of this machine.',
    expect.stringContaining('caFile'),
  ],
  [
    'server certificate for "db.corp" (and 1 other name) does not match host name "10.9.9.9"',
    'The certificate for db.corp is not for 10.9.9.9, as which containers reach it.',
    expect.stringContaining('a name or an address'),
  ],
  [
    'An older MLflow made the tables in ml at postgres:5432: their revision is cfd24bdc0731, this MLflow wants dc11669786a5',
    'The tables in ml are of an older MLflow.',
    expect.stringContaining('Back the database up.'),
  ],
  [
    'A newer MLflow made the tables in ml at postgres:5432: this MLflow does not know their revision 0',
    'The tables in ml are of a newer MLflow, which this one does not understand.',
    expect.stringContaining('mlflowVersion'),
  ],
  [
    'Database ml at db:5432 refused: permission denied for schema public LINE 1: CREATE TABLE',
    expect.stringContaining('permission denied for schema public'),
    expect.stringContaining('owner of the database'),
  ],
  [
    'No bucket b at AWS: Unable to locate credentials',
    'Containers get no keys from this machine: its role is handed out one network hop away only.',
    expect.stringContaining('hop-limit 2'),
  ],
  [
    'No bucket b at http://host.docker.internal:9000: Could not connect to the endpoint URL: "http://host.docker.internal:9000/b?list-type=2&prefix=&max-keys=1"',
    'The store at http://host.docker.internal:9000 does not answer containers, though it answers this machine.',
    expect.stringContaining('/etc/hosts'),
  ],
  [
    'No access to bucket b at http://10.0.0.5:9000: An error occurred (InvalidAccessKeyId) when calling the ListObjectsV2 operation',
    'The store does not take the keys from containers: InvalidAccessKeyId.',
    expect.stringContaining('the same store'),
  ],
  [
    "ModuleNotFoundError: No module named 'psycopg2'",
    'The image has no Python package psycopg2-binary, which this stack needs.',
    expect.stringContaining('pip install psycopg2-binary'),
  ],
])('%s', (text, because, cure) => {
  const found = explainWords(`Traceback:\n${text}\n`)
  expect([found?.because, found?.hint.text]).toEqual([because, cure])
})

it('leaves what is the same everywhere to others', () => {
  expect(explainWords('MemoryError')).toBeUndefined()
})
