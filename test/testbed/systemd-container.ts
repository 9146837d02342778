// In: a folder. Out: a container with systemd as its init that has this folder at the same path, and the ports into it.
import { execFile } from 'node:child_process'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { realPorts } from './services.ts'

const run = promisify(execFile)
const IMAGE = 'mlflow-setup-testbed/systemd'

/** Whether an engine runs that has the image. */
export async function systemdImage(): Promise<string | undefined> {
  return run('docker', ['image', 'inspect', '--format', '{{.Id}}', IMAGE]).then(
    () => IMAGE,
    () => undefined,
  )
}

export interface SystemdContainer {
  exec(args: readonly string[]): Promise<string>
  /** Ports whose commands run in there, as this user; unit files are below `units`, which is /etc/systemd/system. */
  ports(user: string, env: Record<string, string>): ActionPorts
  remove(): Promise<void>
}

export async function startSystemd(image: string, folder: string, units: string): Promise<SystemdContainer> {
  const limits = [
    '--privileged',
    '--cgroupns=private',
    '--tmpfs',
    '/run',
    '--tmpfs',
    '/run/lock',
    '--tmpfs',
    '/tmp:exec',
  ]
  const shared = ['--network', 'host', '-v', `${folder}:${folder}`, '-v', `${units}:/etc/systemd/system`]
  const id = (await run('docker', ['run', '-d', ...limits, ...shared, image])).stdout.trim()
  const exec = async (args: readonly string[]) => (await run('docker', ['exec', id, ...args])).stdout
  // "degraded" counts: whatever failed in there is none of ours.
  await exec([
    'sh',
    '-c',
    'until systemctl is-system-running --wait 2>/dev/null | grep -qE "running|degraded"; do sleep 0.1; done',
  ])
  return {
    exec,
    ports: (user, env) => portsInto(id, user, env, units),
    remove: async () => void (await run('docker', ['rm', '-f', id])),
  }
}

function portsInto(id: string, user: string, env: Record<string, string>, units: string): ActionPorts {
  const real = realPorts(env)
  const place = (path: string) => path.replace(/^\/etc\/systemd\/system(?=\/|$)/u, units)
  return {
    ...real,
    files: {
      ...real.files,
      readText: (path) => real.files.readText(place(path)),
      writeText: (path, text, options) => real.files.writeText(place(path), text, options),
      stat: (path) => real.files.stat(place(path)),
      makeDirectory: (path, options) => real.files.makeDirectory(place(path), options),
      remove: (path) => real.files.remove(place(path)),
    },
    commands: {
      ...real.commands,
      run: (command, options) => {
        const variables = Object.entries(command.env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
        const args = ['exec', '-u', user, ...variables, id, command.file, ...command.args]
        return real.commands.run({ file: 'docker', args, env: real.env }, options)
      },
    },
    processes: { ...real.processes, tree: async (pid) => real.processes.tree(await pidOutside(id, pid)) },
  }
}

/** The number that a process of the container has on this machine. */
async function pidOutside(id: string, inside: number): Promise<number> {
  const init = (await run('docker', ['inspect', '--format', '{{.State.Pid}}', id])).stdout.trim()
  const namespace = await readlink(`/proc/${init}/ns/pid`)
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/u.test(name))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const numbers = /^NSpid:\s+(.*)$/mu.exec(status)?.[1]?.split(/\s+/u) ?? []
    const own = await readlink(`/proc/${pid}/ns/pid`).catch(() => '')
    if (own === namespace && numbers.at(-1) === String(inside)) return Number(pid)
  }
  return 0
}
