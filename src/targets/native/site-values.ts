// In: a Stack and its public address. Out: what the template of its nginx configuration shows.
import { renderNginxName } from '../../formats/nginx.ts'
import type { Stack } from '../../stack/spec.ts'
import type { TemplateValues } from '../template-values.ts'
import type { PublicAddress } from './public-address.ts'

export const SITE_TEMPLATE = 'native/nginx/nginx.conf.hbs'

/** Where nginx finds its files, as its configuration writes it. */
export interface SiteFiles {
  readonly pid: string
  /** Folder of what does not fit into memory. */
  readonly temporary: string
  readonly passwords: string
  readonly logins: string
  /** Where the login check listens, and who asks it. */
  readonly loginAddress: string
  readonly loginPeer: string
  readonly certificate: string
  readonly key: string
}

/** Everything but what the machine says at last: its nginx's version, and whether it has IPv6 (nginx-facts.ts). */
export function buildSiteValues(stack: Stack, address: PublicAddress, files: SiteFiles): TemplateValues {
  const { spec } = stack
  const { port = 5000, proxy, runAs = '' } = spec
  // In the system's nginx, stacks are among each other.
  const id = proxy.kind === 'system' ? renderNginxName(spec.name) : 'mlflow'
  return {
    ...files,
    id,
    name: spec.name,
    directory: stack.directory,
    publicUrl: address.url.href,
    origin: address.url.origin,
    managed: proxy.kind === 'managed',
    user: runAs,
    syslog: spec.service === 'systemd' ? renderNginxName(spec.name) : '',
    serverNames: address.serverNames.join(' '),
    listen: [...address.listen],
    redirectFrom: [...address.redirectFrom],
    tls: address.tls,
    hsts: isTrustedByAll(stack, address),
    staticPrefix: address.staticPrefix,
    staticPrefixPattern: address.staticPrefix.replaceAll('.', String.raw`\.`),
    login: spec.auth.kind === 'htpasswd',
    allowFrom: proxy.kind === 'none' ? [] : [...proxy.allowFrom],
    trackingPort: port,
    artifactsPort: spec.artifactsPort ?? port,
    storeHidden: isStoreHidden(stack),
  }
}

/** In scenarios 5 and 6 clients may not go to the bucket, unless they are told where it is. */
function isStoreHidden({ spec }: Stack): boolean {
  const { artifactStore, scenario } = spec
  return scenario !== 4 && artifactStore.kind === 's3' && artifactStore.publicEndpoint === undefined
}

/**
 * A browser that saw the header goes nowhere but to https for a year, on every port of the host: so only where the
 * certificate is not ours, the host has a name, and the port is the usual one.
 */
function isTrustedByAll({ spec }: Stack, address: PublicAddress): boolean {
  const named = /[a-z]/iu.test(address.url.hostname) && !address.url.hostname.startsWith('[')
  return spec.tls.kind === 'files' && !address.loopback && named && address.port === 443
}
