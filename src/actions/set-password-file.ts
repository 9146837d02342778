// In: the first user. Out: the htpasswd file with it, other entries as they were.
import { UserError } from '../errors.ts'
import { parseHtpasswd, setHtpasswdEntry, type HtpasswdEntry } from '../formats/htpasswd.ts'
import { hashPassword, verifyPassword } from '../formats/password-hash.ts'
import type { FileStat } from '../ports/files.ts'
import type { Inspection } from '../plan/plan.ts'
import type { Secret } from '../secret.ts'
import type { SetPasswordFileInput } from '../targets/proxy-actions.ts'
import { findAccount, requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { forgetLogins } from './nginx/forget-logins.ts'

const ROOT = 0

/**
 * The secret MLFLOW_SETUP_ADMIN_PASSWORD becomes the first user's password. A hash that somebody put there by other means
 * than mlflow-setup is a conflict where it is of another password: no password that a person set is ever taken back.
 */
export const setPasswordFile: ActionKindOf<SetPasswordFileInput> = {
  async inspect(input, ports, signal) {
    const text = await ports.files.readText(input.path)
    if (text === undefined) return { effect: 'create', why: 'not there yet' }
    const entries = readEntries(text, input.path)
    if (entries instanceof UserError)
      return { effect: 'conflict', why: (entries.because ?? entries.message).replace(/\.$/, '') }
    const entry = entries.find(({ user }) => user === input.adminUser)
    return (
      (await inspectEntry(entry, input, ports)) ??
      (await inspectFile(input, ports, signal)) ?? { effect: 'unchanged', why: 'as wanted' }
    )
  },

  async apply(input, ports, progress, signal) {
    const { files } = ports
    const { path, adminUser } = input
    const account = await requireAccount(input.owner, ports, signal)
    const text = (await files.readText(path)) ?? ''
    const entry = parseHtpasswd(text, path).find(({ user }) => user === adminUser)
    const password = passwordOf(ports)
    const kept = entry !== undefined && (await verifyPassword(password, entry.hash)) === true
    const wanted = kept ? text : setHtpasswdEntry(text, path, adminUser, await hashPassword(password, ports.random))
    // nginx's workers read it by their group, and nobody but us writes it.
    const owner = account === undefined ? {} : { owner: { uid: ROOT, gid: account.gid } }
    const there = input.keepsMode === true ? await files.stat(path) : undefined
    await files.writeText(path, wanted, { mode: there?.mode ?? modeOf(input), ...owner })
    if (entry !== undefined && !kept) await forgetLogins(input, ports, signal)
    progress(adminUser)
  },
}

/** Undefined when the entry is as wanted. */
async function inspectEntry(
  entry: HtpasswdEntry | undefined,
  { adminUser }: SetPasswordFileInput,
  ports: ActionPorts,
): Promise<Inspection | undefined> {
  if (entry === undefined) return { effect: 'update', why: `${adminUser} is not in it yet` }
  const verdict = await verifyPassword(passwordOf(ports), entry.hash)
  if (verdict === true) return undefined
  if (entry.ours) return { effect: 'update', why: `the password of ${adminUser} changes` }
  const what = verdict === undefined ? 'cannot be compared with' : 'is not'
  const cure = `set it with mlflow-setup user passwd ${adminUser}`
  return { effect: 'conflict', why: `the password of ${adminUser} ${what} the one in .env; ${cure}` }
}

/** Undefined when nginx, and nobody else, may read it. */
async function inspectFile(
  input: SetPasswordFileInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<Inspection | undefined> {
  const { path, owner } = input
  if (input.keepsMode === true) return undefined
  const stat = await ports.files.stat(path)
  const [mode, wanted] = [stat?.mode ?? 0, modeOf(input)]
  if (mode !== wanted) return { effect: 'update', why: `mode ${octal(mode)} becomes ${octal(wanted)}` }
  if (owner === undefined || (await belongsTo(owner, stat, ports, signal))) return undefined
  return { effect: 'update', why: `${owner} may read it, as which nginx runs` }
}

async function belongsTo(
  owner: string,
  stat: FileStat | undefined,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const account = await findAccount(owner, ports, signal)
  return account !== undefined && stat?.gid === account.gid
}

function readEntries(text: string, path: string): readonly HtpasswdEntry[] | UserError {
  try {
    return parseHtpasswd(text, path)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

function modeOf({ owner, container }: SetPasswordFileInput): number {
  if (container !== undefined) return 0o644
  return owner === undefined ? 0o600 : 0o640
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function passwordOf({ secrets }: ActionPorts): Secret {
  const password = secrets['MLFLOW_SETUP_ADMIN_PASSWORD']
  if (password === undefined) throw new Error('nobody made the secret MLFLOW_SETUP_ADMIN_PASSWORD')
  return password
}
