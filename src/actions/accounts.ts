// In: the name of a user of this machine. Out: its numbers.
import { UserError } from '../errors.ts'
import type { Owner } from '../ports/files.ts'
import type { ActionPorts } from './action-kind.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'env'>

const TIME_LIMIT_MS = 10_000

/** Undefined when there is no such user. Directory services are asked too, where `getent` is there. */
export async function findAccount(name: string, ports: Ports, signal: AbortSignal): Promise<Owner | undefined> {
  const local = parseAccount((await ports.files.readText('/etc/passwd')) ?? '', name)
  if (local !== undefined) return local
  const command = { file: 'getent', args: ['passwd', name], env: { PATH: ports.env['PATH'] ?? '' } }
  const { stdout } = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  return parseAccount(stdout, name)
}

/** For what must belong to a user by now. Undefined where no user is named. Throws UserError `account.none`. */
export async function requireAccount(
  name: string | undefined,
  ports: Ports,
  signal: AbortSignal,
): Promise<Owner | undefined> {
  if (name === undefined) return undefined
  const account = await findAccount(name, ports, signal)
  if (account !== undefined) return account
  throw new UserError('account.none', `There is no user ${name} on this machine.`, {
    because: 'It was there when the stack was set up, or was never made.',
    hint: { text: 'Apply makes it.', command: 'mlflow-setup apply' },
  })
}

/** The name of the user's first group; undefined when there is no such user. */
export async function findGroupName(name: string, ports: Ports, signal: AbortSignal): Promise<string | undefined> {
  const command = { file: 'id', args: ['-gn', name], env: { PATH: ports.env['PATH'] ?? '' } }
  const { exitCode, stdout } = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  return exitCode === 0 ? stdout.trim() : undefined
}

/** One line of passwd(5): `name:x:998:998:…`. */
function parseAccount(text: string, name: string): Owner | undefined {
  const fields = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name)
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])]
  return fields === undefined || Number.isNaN(uid) || Number.isNaN(gid) ? undefined : { uid, gid }
}
