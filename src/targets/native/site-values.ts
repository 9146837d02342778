// In: a Stack and its public address. Out: what the template of its nginx configuration shows.
import { isLoopback } from '../../answers/public-address.ts'
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

/** Everything but what only the machine knows (nginx-facts.ts, write-nginx-config.ts). */
export function buildSiteValues(stack: Stack, address: PublicAddress, files: SiteFiles): TemplateValues {
  const { spec } = stack
  const { port = 5000, proxy } = spec
  // In the system's nginx, stacks are among each other.
  const id = proxy.kind === 'system' ? renderNginxName(spec.name) : 'mlflow'
  return {
    ...files,
    id,
    name: spec.name,
    directory: stack.directory,
    publicUrl: address.url.href,
    origin: address.url.origin,
    managed: proxy.kind !== 'system',
    syslog: spec.service === 'systemd' ? renderNginxName(spec.name) : '',
    serverNames: address.serverNames.join(' '),
    listen: [...address.listen],
    redirectFrom: [...address.redirectFrom],
    tls: address.tls,
    staticPrefix: address.staticPrefix,
    staticPrefixPattern: address.staticPrefix.replaceAll('.', String.raw`\.`),
    login: spec.auth.kind !== 'none',
    nginxChecks: spec.auth.kind === 'htpasswd',
    allowFrom: proxy.kind === 'none' ? [] : [...proxy.allowFrom],
    trackingServer: `127.0.0.1:${port}`,
    artifactsServer: `127.0.0.1:${spec.artifactsPort ?? port}`,
    container: false,
    resolves: false,
    storePort: false,
    storeServer: '',
    modelServer: false,
    notebook: false,
    storeHidden: isStoreHidden(stack),
  }
}

/**
 * In scenarios 5 and 6 clients may not go to the bucket, unless they are told where it is. What is told for this machine
 * alone is another address in containers, and a signature holds for one.
 */
export function isStoreHidden({ spec }: Stack): boolean {
  const { artifactStore, scenario, target } = spec
  if (scenario === 4 || artifactStore.kind !== 's3') return false
  const { publicEndpoint } = artifactStore
  return publicEndpoint === undefined || (target === 'compose' && isLoopback(publicEndpoint))
}

/**
 * A browser that saw the HSTS header goes nowhere but to https for a year, on every port of the host: so only where the
 * certificate is the user's, the host has a name, and the port is the usual one.
 */
export function hstsCertificateOf({ spec }: Stack, address: PublicAddress): { readonly hstsCertificate?: string } {
  const named = /[a-z]/iu.test(address.url.hostname) && !address.url.hostname.startsWith('[')
  const usual = !address.loopback && named && address.port === 443
  return spec.tls.kind === 'files' && usual ? { hstsCertificate: spec.tls.certificate } : {}
}
