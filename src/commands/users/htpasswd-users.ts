// In: a stack whose nginx asks for the password. Out: Users, in its htpasswd file.
import { forgetLogins, type LoginCache } from '../../actions/nginx/forget-logins.ts'
import { UserError } from '../../errors.ts'
import { parseHtpasswd, removeHtpasswdEntry, setHtpasswdEntry } from '../../formats/htpasswd.ts'
import { explainWrongPassword, hashKindOf, hashPassword } from '../../formats/password-hash.ts'
import { proxyLayout } from '../../targets/native/proxy-layout.ts'
import type { Stack } from '../../stack/spec.ts'
import type { CommandContext } from '../command-context.ts'
import { rememberAdminPassword } from './remember-admin-password.ts'
import type { User, Users } from './users.ts'

type Ports = Pick<CommandContext, 'files' | 'random' | 'commands' | 'env' | 'signal'>

/** nginx reads the file at each check of a login that it has not checked within the last minute. */
export function makeHtpasswdUsers(stack: Stack, adminUser: string, ports: Ports): Users {
  const { passwords: path, logins } = proxyLayout(stack)
  const cache = { logins, ...ownerOfCache(stack) }

  async function set(name: string, password: Awaited<Parameters<Users['add']>[1]>): Promise<void> {
    const text = await readPasswords(path, ports)
    const hash = await hashPassword(password, ports.random)
    // First: a run that ends in between is completed by apply, which follows .env.
    if (name === adminUser) await rememberAdminPassword(stack, password, ports)
    await write(setHtpasswdEntry(text, path, name, hash))
  }

  async function write(text: string): Promise<void> {
    // Its owner, root where nginx has a user of its own, is kept.
    const mode = (await ports.files.stat(path))?.mode ?? 0o600
    await ports.files.writeText(path, text, { mode })
    await forgetLogins(cache, ports, ports.signal)
  }

  return {
    async list() {
      const entries = parseHtpasswd(await readPasswords(path, ports), path)
      return entries.map(({ user, hash, ours }): User => ({
        name: user,
        hash: hashKindOf(hash),
        first: user === adminUser,
        admin: true,
        foreign: !ours,
      }))
    },
    add: set,
    setPassword: set,
    remove: async (name) => write(removeHtpasswdEntry(await readPasswords(path, ports), path, name)),
    explainWrongPassword,
    note: undefined,
  }
}

function ownerOfCache({ spec, directory }: Stack): Omit<LoginCache, 'logins'> {
  const { proxy, runAs } = spec
  if (proxy.kind === 'container') return { container: { stackDirectory: directory } }
  return proxy.kind === 'managed' && runAs !== undefined ? { owner: runAs } : {}
}

async function readPasswords(path: string, { files }: Ports): Promise<string> {
  const text = await files.readText(path)
  if (text !== undefined) return text
  throw new UserError('user.no-file', `There is no password file ${path}.`, {
    because: 'The stack was not set up to its end, or the file was removed.',
    hint: { text: 'Apply makes it, with the first user.', command: 'mlflow-setup apply' },
  })
}
