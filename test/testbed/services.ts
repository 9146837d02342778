import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { makeClock } from '../../src/ports/clock.ts'
import { makeCommands } from '../../src/ports/commands.ts'
import { makeDatabases } from '../../src/ports/databases.ts'
import { makeFiles } from '../../src/ports/files.ts'
import { makeHttp } from '../../src/ports/http.ts'
import { makeObjectStores } from '../../src/ports/object-stores.ts'
import { makeProcesses } from '../../src/ports/processes.ts'
import { makePublicRoots } from '../../src/ports/public-roots.ts'
import { makeRandom } from '../../src/ports/random.ts'
import { makeTemplates } from '../../src/ports/templates.ts'
import type { RunServicesInput, Service } from '../../src/targets/service.ts'

/** All real ports, with an environment that has nothing but a PATH and a HOME, and what the test adds. */
export function realPorts(env: Record<string, string> = {}): ActionPorts {
  return {
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
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...env },
    secrets: {},
  }
}

/** A stack directory with a name that breaks whatever can be broken by a name. */
export async function makeStackDirectory(name = `odd 'one' "two" #3 %n $HOME ü`): Promise<string> {
  const directory = join(await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-services-'))), name)
  await mkdir(directory, { recursive: true })
  return directory
}

export async function removeStackDirectory(directory: string): Promise<void> {
  await rm(join(directory, '..'), { recursive: true, force: true })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** An HTTP server in Python: answers 200, and dies when asked for /die or when its program says so. */
export const SERVER = `
import http.server, json, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == '/die': os._exit(3)
        self.send_response(200); self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())
    def log_message(self, *_): pass
http.server.HTTPServer.allow_reuse_address = True
print('listening', flush=True)
http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Answer).serve_forever()
`

/** A stack of one service that runs `program` with Python. */
export async function makeInput(
  directory: string,
  program: string,
  changes: Partial<Service> = {},
): Promise<RunServicesInput> {
  const port = await freePort()
  const script = join(directory, 'program.py')
  const environmentFile = join(directory, '.env')
  await writeFile(script, program)
  await writeFile(environmentFile, `PORT=${port}\n`)
  const service: Service = {
    name: 'server',
    command: { file: 'python3', args: ['-u', script], env: {} },
    environmentFile,
    workingDirectory: directory,
    log: join(directory, 'logs', 'server.log'),
    withheld: [],
    health: { kind: 'http', url: `http://127.0.0.1:${port}/health` },
    port,
    writes: [],
    stopSignal: 'SIGTERM',
    startTimeoutMs: 20_000,
    stopTimeoutMs: 1000,
    ...changes,
  }
  return {
    group: 'mlflow',
    stackName: 'test',
    stackDirectory: directory,
    supervisor: 'background',
    services: [service],
    readsAtStart: [environmentFile],
    python: 'python3',
    after: [],
  }
}

export function firstOf(input: RunServicesInput): Service {
  const [service] = input.services
  if (service === undefined) throw new Error('no service')
  return service
}

/** Where a service of `makeInput` answers. */
export function healthUrlOf({ health }: Service): string {
  if (health.kind !== 'http') throw new Error('it answers on a socket')
  return health.url
}

export function environmentFileOf({ environmentFile }: Service): string {
  if (environmentFile === undefined) throw new Error('it has no environment file')
  return environmentFile
}

export async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** Waits for `look` to return something; fails after `ms` with the last thing seen. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, ms = 20_000): Promise<T> {
  const limit = performance.now() + ms
  while (performance.now() < limit) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`waited ${ms} ms for: ${what}`)
}
