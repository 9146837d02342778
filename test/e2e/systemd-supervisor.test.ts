import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runServices } from '../../src/actions/run-services.ts'
import { makeSystemdSupervisor } from '../../src/actions/supervisors/systemd.ts'
import type { RunServicesInput } from '../../src/targets/service.ts'
import { need } from '../testbed/need.ts'
import {
  eventually,
  firstOf,
  makeInput,
  makeStackDirectory,
  removeStackDirectory,
  healthUrlOf,
  environmentFileOf,
} from '../testbed/services.ts'
import { portsInto, startSystemd, systemdImage } from '../testbed/systemd-container.ts'

const { signal } = new AbortController()
const quiet = () => undefined
const UID = '1234'
const cleaners: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const clean of cleaners.toReversed()) await clean()
})

/** The image has no Python: a server in Perl, which writes a file to prove that it may. */
const SERVER = `
use IO::Socket::INET; $| = 1; $SIG{PIPE} = 'IGNORE';
open(my $f, '>', 'written') or die "cannot write: $!"; close $f;
if (open(my $g, '>', '/var/outside')) { print "wrote outside\\n" }
print "listening $ENV{ODD}\\n";
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 9, ReuseAddr => 1) or die "bind: $!";
while (my $c = $s->accept) {
  my $line = <$c>; exit 3 if $line =~ m{/die};
  while (my $h = <$c>) { last if $h =~ /^\\r?$/ }
  print $c "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok"; close $c
}
`

async function prepare(supervisor: 'systemd' | 'systemd-user', image: string) {
  const directory = await makeStackDirectory()
  const root = join(directory, '..')
  cleaners.push(() => removeStackDirectory(directory))
  await chmod(root, 0o755)
  const units = join(root, 'units')
  const home = join(root, 'home')
  // Files are written by this process, so the user's folders must be there already to be the user's.
  await mkdir(join(home, '.config/systemd/user'), { recursive: true })
  await Promise.all([mkdir(units), mkdir(join(directory, 'logs')), mkdir(join(directory, '.mlflow-setup'))])
  const made = await makeInput(directory, SERVER)
  const service = {
    ...firstOf(made),
    command: { file: '/usr/bin/perl', args: [join(directory, 'program.py'), '', 'a;b "c" %n $HOME'], env: {} },
  }
  const input: RunServicesInput = { ...made, supervisor, services: [service] }
  await writeFile(
    environmentFileOf(service),
    `${await readFile(environmentFileOf(service), 'utf8')}ODD="a'b\\"c\\\\d\\$e"\n`,
  )
  // Files are written from outside, so they are at the same path in there.
  const mounts = ['-v', `${root}:${root}`, '-v', `${units}:/etc/systemd/system`]
  const container = await startSystemd(image, ['--network', 'host', ...mounts])
  cleaners.push(() => container.remove())
  await container.exec(['useradd', '--uid', UID, '--home-dir', home, 'owner'])
  await container.exec(['chown', '-R', UID, directory, home])
  const user = supervisor === 'systemd' ? '0' : UID
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: `/run/user/${UID}` }
  const ports = portsInto(container.id, user, env, units)
  return { input, service, container, ports, units, supervisor: makeSystemdSupervisor(input, ports) }
}

async function proveLife({
  input,
  service,
  ports,
  supervisor,
}: Awaited<ReturnType<typeof prepare>>): Promise<string[]> {
  await runServices.apply(input, ports, quiet, signal)
  expect(await supervisor.look(service, signal)).toMatchObject({ status: 'running', restarts: 0 })
  expect((await supervisor.look(service, signal)).memoryBytes).toBeGreaterThan(1_000_000)
  expect(await runServices.inspect(input, ports, signal)).toEqual({ effect: 'unchanged', why: 'running' })
  await fetch(healthUrlOf(service).replace('health', 'die')).catch(() => undefined)
  await eventually('the next one', () =>
    fetch(healthUrlOf(service)).then(
      ({ ok }) => ok,
      () => undefined,
    ),
  )
  expect(await supervisor.look(service, signal)).toMatchObject({ status: 'running', restarts: 1 })
  const lines: string[] = []
  await supervisor.logs(service, { lines: 100, follow: false, onLine: (line) => lines.push(line), signal })
  await supervisor.stop(signal)
  expect(await supervisor.look(service, signal)).toMatchObject({ status: 'stopped', pid: undefined })
  return lines
}

it('runs under the system as the owner of the stack, in a sandbox, with an odd path', async (context) => {
  const image = need(context, await systemdImage(), 'a Docker engine with the image mlflow-setup-testbed/systemd')
  const stack = await prepare('systemd', image)
  const lines = await proveLife(stack)
  expect(lines.filter((line) => line === `listening a'b"c\\d$e`)).toHaveLength(2)
  expect(lines).not.toContain('wrote outside')
  expect((await stack.ports.files.stat(join(stack.input.stackDirectory, 'written')))?.uid).toBe(Number(UID))
  const name = 'mlflow-setup-test-server.service'
  const verified = await stack.container.exec([
    'sh',
    '-c',
    `systemd-analyze verify /etc/systemd/system/${name} 2>&1; echo ended $?`,
  ])
  expect(verified).toBe('ended 0\n')
  expect(await stack.container.exec(['systemctl', 'is-enabled', name])).toBe('enabled\n')

  await writeFile(stack.service.command.args[0] ?? '', 'die "no luck"')
  await expect(runServices.apply(stack.input, stack.ports, quiet, signal)).rejects.toMatchObject({
    code: 'service.died',
    source: `journalctl -u ${name}`,
    lastLines: expect.arrayContaining([expect.stringContaining('no luck')]),
  })
  expect((await stack.supervisor.look(stack.service, signal)).status).toBe('stopped')
  await stack.supervisor.forget(signal)
  expect(await stack.ports.files.stat(join(stack.units, name))).toBeUndefined()
})

it("runs under the user's systemd, also after the user logged out", async (context) => {
  const image = need(context, await systemdImage(), 'a Docker engine with the image mlflow-setup-testbed/systemd')
  const stack = await prepare('systemd-user', image)
  // As a login would have it; a refusal of lingering is no failure of the start.
  await stack.container.exec(['loginctl', 'enable-linger', 'owner'])
  const lines = await proveLife(stack)
  expect(lines.filter((line) => line === `listening a'b"c\\d$e`)).toHaveLength(2)
  expect(await stack.container.exec(['ls', '/var/lib/systemd/linger'])).toContain('owner')
  await stack.supervisor.forget(signal)
})
