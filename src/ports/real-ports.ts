// In: this process's environment. Out: the ports, with the real world behind them; all but the terminal, which `--help` needs too.
import { makeClock } from './clock.ts'
import { makeCommands } from './commands.ts'
import { makeDatabases } from './databases.ts'
import { makeFiles } from './files.ts'
import { readHost } from './host.ts'
import { makeHttp } from './http.ts'
import { makeObjectStores } from './object-stores.ts'
import { makeProcesses } from './processes.ts'
import { makePublicRoots } from './public-roots.ts'
import { makeRandom } from './random.ts'
import { makeTemplates } from './templates.ts'

/** One module, so that a command loads one file for them. */
export function makePorts(env: Readonly<Record<string, string>>) {
  return {
    host: readHost(env),
    files: makeFiles(),
    commands: makeCommands(),
    processes: makeProcesses(),
    http: makeHttp(),
    databases: makeDatabases(),
    objectStores: makeObjectStores(),
    publicRoots: makePublicRoots(),
    clock: makeClock(),
    random: makeRandom(),
    templates: makeTemplates(),
  }
}
