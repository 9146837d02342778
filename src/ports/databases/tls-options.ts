import { readFile } from 'node:fs/promises'
import { checkServerIdentity, rootCertificates, type ConnectionOptions } from 'node:tls'
import { UserError } from '../../errors.ts'
import { SYSTEM_ROOT_FILES } from '../../formats/system-roots.ts'
import { explainFileError } from '../file-errors.ts'
import type { DatabaseLogin } from '../databases.ts'

/** What libpq checks in the same mode. Throws UserError `database.ca-file` and `files.…` for the file of the roots. */
export async function readTlsOptions({ host, sslMode, caFile }: DatabaseLogin): Promise<ConnectionOptions> {
  const checks = sslMode === 'verify-ca' || sslMode === 'verify-full' || caFile !== undefined
  if (!checks) return { rejectUnauthorized: false }
  return {
    rejectUnauthorized: true,
    ca: caFile === undefined ? await readSystemRoots() : [await readRoots(caFile)],
    checkServerIdentity: (_name, certificate) =>
      sslMode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
  }
}

async function readRoots(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, path)
  })
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new UserError('database.ca-file', `${path} has no certificate in it.`, {
    because: 'The roots to trust are read as PEM: text that begins with "-----BEGIN CERTIFICATE-----".',
    hint: { text: 'Name another file with --postgres-ca-file.' },
  })
}

/** What this system trusts, also beyond what Node.js brings along. */
async function readSystemRoots(): Promise<string[]> {
  for (const path of SYSTEM_ROOT_FILES) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return [...rootCertificates, text]
  }
  return [...rootCertificates]
}
