// In: words for `docker run`. Out: a container whose init is systemd, and the ports into it.
import { execFile } from 'node:child_process'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { findImage, startContainer, variableWords, type Container, type InsideOptions } from './container.ts'
import { eventually, realPorts } from './services.ts'

const run = promisify(execFile)
const INIT = ['--privileged', '--cgroupns=private', '--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp:exec']
/** "degraded" counts: whatever failed in there is none of ours. */
const BOOTED = 'until systemctl is-system-running --wait 2>/dev/null | grep -qE "running|degraded"; do sleep 0.1; done'

/** Whether an engine runs that has the image. */
export function systemdImage(): Promise<string | undefined> {
  return findImage('mlflow-setup-testbed/systemd')
}

export interface SystemdContainer extends Container {
  /** Shuts down in good order and boots again. */
  reboot(): Promise<void>
}

/** `options`: further mounts, and the network. */
export async function startSystemd(image: string, options: readonly string[] = []): Promise<SystemdContainer> {
  const container = await startContainer(image, [...INIT, ...options])
  const booted = () => container.exec(['sh', '-c', BOOTED])
  await booted()
  const reboot = async () => {
    await run('docker', ['restart', '--time', '120', container.id])
    await booted()
  }
  return { ...container, reboot }
}

/** A new user with a systemd of their own, who may use the cache. */
export async function addUser({ exec, run: inside }: Container, user: string): Promise<Required<InsideOptions>> {
  await exec(['useradd', '--create-home', user])
  await exec(['loginctl', 'enable-linger', user])
  const runtime = `/run/user/${(await exec(['id', '-u', user])).trim()}`
  await eventually(
    `systemd of ${user}`,
    async () => (await inside(['test', '-S', `${runtime}/systemd/private`])).code === 0,
  )
  await exec(['chmod', '-R', 'a+rwX', '/uv-cache'])
  return { user, env: { HOME: `/home/${user}`, XDG_RUNTIME_DIR: runtime } }
}

/** Ports whose commands run in there, as this user; unit files are below `units`, which is /etc/systemd/system. */
export function portsInto(id: string, user: string, env: Record<string, string>, units: string): ActionPorts {
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
        const args = ['exec', '--user', user, ...variableWords(command.env), id, command.file, ...command.args]
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
