// In: a session of somebody who may. Out: the role, and a database that is its own.
import { renderScramVerifier } from '../../formats/scram.ts'
import { quoteName, quoteText } from '../../formats/postgres-quotes.ts'
import type { DatabaseSession } from '../../ports/databases.ts'
import type { Secret } from '../../secret.ts'

/** A role that may log in, and nothing more. The server gets a verifier, never the password. */
export async function createRole(session: DatabaseSession, user: string, password: Secret): Promise<void> {
  await session.query(`CREATE ROLE ${quoteName(user)} LOGIN PASSWORD ${verifierOf(password)}`)
}

/** For a cluster of the stack's own. */
export async function setRolePassword(session: DatabaseSession, user: string, password: Secret): Promise<void> {
  await session.query(`ALTER ROLE ${quoteName(user)} LOGIN PASSWORD ${verifierOf(password)}`)
}

/** Whoever is no superuser must belong to the role for as long as it takes. */
export async function createDatabase(session: DatabaseSession, user: string, database: string): Promise<void> {
  const joined = await joinRole(session, user)
  try {
    const options = `OWNER ${quoteName(user)} TEMPLATE template0 ENCODING 'UTF8' ${await localeOptions(session)}`
    await session.query(`CREATE DATABASE ${quoteName(database)} ${options}`)
  } finally {
    if (joined) await session.query(`REVOKE ${quoteName(user)} FROM CURRENT_USER`)
  }
}

/** As its owner: nobody else connects to it, unless somebody lets them. */
export async function closeDatabase(session: DatabaseSession, database: string): Promise<void> {
  await session.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${quoteName(database)} FROM PUBLIC`)
}

function verifierOf(password: Secret): string {
  return quoteText(renderScramVerifier(password, crypto.getRandomValues(new Uint8Array(16))))
}

/** True when it had to be done. Since version 16 whoever made a role may give it to themselves, and does not have it. */
async function joinRole(session: DatabaseSession, user: string): Promise<boolean> {
  const [row] = await session.query(
    `select pg_has_role($1, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as has`,
    [user],
  )
  if (row?.['has'] === 't') return false
  await session.query(`GRANT ${quoteName(user)} TO CURRENT_USER`)
  return true
}

/** The locale of the server, where UTF8 goes with it; else C, which goes with every encoding. */
async function localeOptions(session: DatabaseSession): Promise<string> {
  const [template] = await session.query(
    `select pg_encoding_to_char(encoding) as encoding from pg_database where datname = 'template0'`,
  )
  return template?.['encoding'] === 'UTF8' ? '' : `LC_COLLATE 'C' LC_CTYPE 'C'`
}
