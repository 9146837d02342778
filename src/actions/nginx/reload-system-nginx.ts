// In: the system's nginx with a configuration that it takes. Out: it runs by that, and no connection was cut.
import { ExternalError } from '../../errors.ts'
import type { ActionPorts } from '../action-kind.ts'
import { runNginx } from './nginx-facts.ts'
import type { NginxPorts } from './nginx-facts.ts'

const TIME_LIMIT_MS = 60_000

/** By systemd where that runs it, which also starts one that does not run. Throws ExternalError `nginx.not-reloaded`. */
export async function reloadSystemNginx(program: string, ports: NginxPorts, signal: AbortSignal): Promise<void> {
  const args = ['reload-or-restart', 'nginx.service']
  const known = await systemctl(['cat', 'nginx.service'], ports, signal)
  const bySystemd = known.exitCode === 0 && (await ports.files.stat('/run/systemd/system')) !== undefined
  const result = bySystemd
    ? await systemctl(args, ports, signal)
    : await runNginx(program, ['-s', 'reload'], ports, signal)
  if (result.exitCode === 0) return
  const command = bySystemd ? `systemctl ${args.join(' ')}` : `${program} -s reload`
  throw new ExternalError('nginx.not-reloaded', "The system's nginx could not load the site.", {
    because: 'The site is written and was tested, but nginx does not run, or did not take the signal.',
    command,
    exitCode: result.exitCode,
    lastLines: result.stderr.trim().split('\n').slice(-5),
    hint: { text: 'Start nginx, then apply again.', command: 'mlflow-setup apply' },
  })
}

function systemctl(
  args: readonly string[],
  { commands, env }: NginxPorts,
  signal: AbortSignal,
): ReturnType<ActionPorts['commands']['run']> {
  const command = { file: 'systemctl', args, env: { PATH: env['PATH'] ?? '' } }
  return commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
}
