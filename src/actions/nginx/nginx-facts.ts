// In: an nginx program. Out: what its configuration depends on, in the words of the template.
import { OLDEST_NGINX, parseNginxVersion } from '../../formats/nginx.ts'
import { isAtLeast } from '../../formats/version.ts'
import { isTrustedBy, parseCertificates } from '../../formats/certificate-chain.ts'
import { UserError } from '../../errors.ts'
import type { NginxTemplate } from '../../targets/proxy-actions.ts'
import type { TemplateValues } from '../../targets/template-values.ts'
import type { ActionPorts } from '../action-kind.ts'

export type NginxPorts = Pick<ActionPorts, 'commands' | 'files' | 'publicRoots' | 'env'>

const TIME_LIMIT_MS = 10_000

/**
 * The values with what this machine adds: how its nginx spells HTTP/2, no IPv6 where the kernel has none, and whether
 * the world trusts the certificate. Throws UserError `nginx.missing` or `nginx.too-old`.
 */
export async function withNginxFacts(
  { program, values, hstsCertificate }: NginxTemplate,
  ports: NginxPorts,
  signal: AbortSignal,
): Promise<TemplateValues> {
  const version = await readVersion(program, ports, signal)
  // The old spelling goes on working, with a warning at each start; the new one is an error before 1.25.1.
  const directive = isAtLeast(version, '1.25.1')
  const tls = values['tls'] === true
  const ipv6 = await hasIpv6(ports)
  return {
    ...values,
    http2Directive: tls && directive,
    http2OnListen: tls && !directive,
    listen: reachable(values['listen'], ipv6),
    redirectFrom: reachable(values['redirectFrom'], ipv6),
    hsts: hstsCertificate !== undefined && (await isTrustedByAll(hstsCertificate, ports)),
  }
}

/** Where it is not, a browser that was told to stay would let nobody pass its warning. */
export async function isTrustedByAll(
  path: string,
  { files, publicRoots }: Pick<ActionPorts, 'files' | 'publicRoots'>,
): Promise<boolean> {
  const chain = parseCertificates((await files.readText(path)) ?? '') ?? []
  return isTrustedBy(chain, parseCertificates((await publicRoots.all()).join('\n')) ?? [])
}

/** Runs nginx with a time limit; its words come on stderr. */
export function runNginx(
  program: string,
  args: readonly string[],
  ports: NginxPorts,
  signal: AbortSignal,
  cwd?: string,
): ReturnType<ActionPorts['commands']['run']> {
  const env = { PATH: ports.env['PATH'] ?? '', LANG: 'C.UTF-8' }
  const command = { file: program, args, env, ...(cwd === undefined ? {} : { cwd }) }
  return ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
}

async function readVersion(program: string, ports: NginxPorts, signal: AbortSignal): Promise<string> {
  const { stderr, stdout } = await runNginx(program, ['-v'], ports, signal)
  const version = parseNginxVersion(stderr + stdout)
  if (version === undefined) {
    throw new UserError('nginx.missing', `There is no nginx at ${program}.`, {
      because: 'It was there when the stack was set up.',
      hint: { text: 'Install nginx, or name another one with --nginx.' },
    })
  }
  if (isAtLeast(version, OLDEST_NGINX)) return version
  throw new UserError('nginx.too-old', `nginx ${version} at ${program} is too old.`, {
    because: `The configuration needs ${OLDEST_NGINX}.`,
    hint: { text: 'Update it, or name another one with --nginx.' },
  })
}

/** A kernel without IPv6 lets nothing listen on `[::]`. Where there is no such file, as on macOS, there is IPv6. */
async function hasIpv6({ files }: NginxPorts): Promise<boolean> {
  return (await files.stat('/proc/net')) === undefined || (await files.stat('/proc/net/if_inet6')) !== undefined
}

function reachable(addresses: TemplateValues[string] | undefined, ipv6: boolean): readonly string[] {
  const all = Array.isArray(addresses) ? addresses.map(String) : []
  return ipv6 ? all : all.filter((address) => !address.startsWith('['))
}
