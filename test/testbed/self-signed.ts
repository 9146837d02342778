// In: a host name or an address. Out: key and certificate for it, signed by itself.
import { execFile } from 'node:child_process'
import { isIP } from 'node:net'
import { promisify } from 'node:util'

/** Valid for a day, as PEM; made by OpenSSL, so by a program that is not ours. */
export async function makeCertificate(host: string): Promise<{ readonly key: string; readonly certificate: string }> {
  const name = host.replace(/^\[|\]$/g, '')
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const { stdout } = await promisify(execFile)('openssl', ['req', ...kind, ...subject, '-keyout', '-', '-out', '-'])
  const [key = '', certificate = ''] = stdout.match(/-----BEGIN [\s\S]*?-----END [A-Z ]+-----\n/g) ?? []
  return { key, certificate }
}
