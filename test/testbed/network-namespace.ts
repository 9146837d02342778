// In: nothing. Out: a client's place in the network that reaches one address of this machine, and nothing that listens on loopback.
import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Commands } from '../../src/ports/commands.ts'

const run = promisify(execFile)

export interface NetworkNamespace {
  /** This machine, as the client sees it: `10.231.5.1`. */
  readonly hostAddress: string
  /** The command that runs another one there. */
  readonly under: readonly string[]
  /** The same for programs that are run by a port. */
  inside(commands: Commands): Commands
  /** All programs in it must have ended. */
  close(): Promise<void>
}

/** A namespace joined to this machine by a cable of two virtual cards. Needs root and iproute2: undefined where they are missing. */
export async function makeNetworkNamespace(): Promise<NetworkNamespace | undefined> {
  if (process.getuid?.() !== 0 || !(await works('ip', ['-V']))) return undefined
  const id = `${process.pid.toString(36)}${randomInt(36 ** 3).toString(36)}`
  const [name, near, far] = [`mlflow-setup-${id}`, `mlh${id}`, `mlc${id}`]
  if (!(await works('ip', ['netns', 'add', name]))) return undefined
  const close = async () => void (await run('ip', ['netns', 'del', name]))
  try {
    await run('ip', ['link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name])
    const subnet = await joinTo(near)
    await run('ip', ['link', 'set', near, 'up'])
    await run('ip', ['-n', name, 'address', 'add', `${subnet}.2/30`, 'dev', far])
    for (const card of [far, 'lo']) await run('ip', ['-n', name, 'link', 'set', card, 'up'])
    const under = ['ip', 'netns', 'exec', name]
    return { hostAddress: `${subnet}.1`, under, inside: (commands) => commandsUnder(under, commands), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The first subnet that nobody has: two test files may look at the same time. */
async function joinTo(card: string): Promise<string> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const subnet = `10.231.${randomInt(256)}`
    const { stdout } = await run('ip', ['-4', '-o', 'address', 'show'])
    if (stdout.includes(`${subnet}.`)) continue
    await run('ip', ['address', 'add', `${subnet}.1/30`, 'dev', card])
    return subnet
  }
  throw new Error('no free subnet')
}

function commandsUnder([file = '', ...words]: readonly string[], commands: Commands): Commands {
  return {
    ...commands,
    run: (command, options) =>
      commands.run({ ...command, file, args: [...words, command.file, ...command.args] }, options),
  }
}

function works(file: string, args: readonly string[]): Promise<boolean> {
  return run(file, args).then(
    () => true,
    () => false,
  )
}
