// In: an environment. Out: the real ports for actions that install, with every command written down.
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { makeClock } from '../../src/ports/clock.ts'
import type { Command } from '../../src/ports/commands.ts'
import { makeCommands } from '../../src/ports/commands.ts'
import { makeDatabases } from '../../src/ports/databases.ts'
import { makeFiles } from '../../src/ports/files.ts'
import { makeHttp } from '../../src/ports/http.ts'
import { makeObjectStores } from '../../src/ports/object-stores.ts'
import { makeProcesses } from '../../src/ports/processes.ts'
import { makePublicRoots } from '../../src/ports/public-roots.ts'
import { makeRandom } from '../../src/ports/random.ts'
import { makeTemplates } from '../../src/ports/templates.ts'

/** The real ports. `ran` gets every command that is run. */
export function makeActionPorts(env: Readonly<Record<string, string>>, ran: Command[] = []): ActionPorts {
  const commands = makeCommands()
  return {
    files: makeFiles(),
    commands: {
      ...commands,
      run: (command, options) => {
        ran.push(command)
        return commands.run(command, options)
      },
    },
    processes: makeProcesses(),
    http: makeHttp(),
    databases: makeDatabases(),
    objectStores: makeObjectStores(),
    publicRoots: makePublicRoots(),
    clock: makeClock(),
    random: makeRandom(),
    templates: makeTemplates(),
    env,
    secrets: {},
  }
}

/** This process's environment without what the user told pip and uv, and with its own HOME. */
export function plainEnv(home: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, LANG: 'C.UTF-8', ...more }
}

/** This process's environment as it is, for what needs the package index that this machine uses. */
export function ownEnv(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...Object.fromEntries(entries), ...more }
}
