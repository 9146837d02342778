// In: names and dates. Out: certificate files of all kinds that people have, made by openssl.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Issued {
  readonly certificate: string
  readonly key: string
}

export interface Wish {
  /** The name of its files, and its common name. */
  readonly name: string
  readonly hosts?: readonly string[]
  readonly issuer?: Issued
  readonly authority?: boolean
  /** Days from now. */
  readonly from?: number
  readonly until?: number
}

/** Makes one certificate in the folder, signed by `issuer` or by itself. */
export async function issue(folder: string, wish: Wish): Promise<Issued> {
  const { name, hosts = [], issuer, authority = false, from = -1, until = 90 } = wish
  const at = (ending: string) => join(folder, `${name}${ending}`)
  const made = { certificate: at('.pem'), key: at('.key') }
  const names = hosts.map((host) => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`))
  const extensions = [
    `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`,
    ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
  ]
  await writeFile(at('.ext'), extensions.join('\n'))
  await run('openssl', [
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    made.key,
    '-subj',
    `/CN=${name}`,
    '-out',
    at('.csr'),
  ])
  // Only `openssl ca` takes dates in the past, and it wants a folder with its books.
  await writeFile(at('.index'), '')
  const config = `[ca]\ndefault_ca=d\n[d]\ndatabase=${at('.index')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n`
  await writeFile(at('.cnf'), config)
  const signer =
    issuer === undefined ? ['-selfsign', '-keyfile', made.key] : ['-cert', issuer.certificate, '-keyfile', issuer.key]
  const dates = ['-startdate', stamp(from), '-enddate', stamp(until)]
  await run('openssl', [
    'ca',
    '-batch',
    '-notext',
    '-config',
    at('.cnf'),
    '-extfile',
    at('.ext'),
    '-in',
    at('.csr'),
    '-out',
    made.certificate,
    ...signer,
    ...dates,
  ])
  return made
}

/** Files of several certificates, in this order. */
export async function joinFiles(path: string, parts: readonly string[]): Promise<string> {
  const texts = await Promise.all(parts.map((part) => readFile(part, 'utf8')))
  await writeFile(path, texts.join(''))
  return path
}

function stamp(days: number): string {
  const at = new Date(Date.now() + days * 86_400_000)
  return `${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
}
