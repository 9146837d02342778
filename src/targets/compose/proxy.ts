// In: a Stack behind nginx in a container. Out: the actions that make its files: configuration, users, certificate.
import { TRACKING_PORT, ARTIFACTS_PORT } from '../../stack/addresses.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import { certificateActions, certificateLayout } from '../native/proxy-certificate.ts'
import { hstsCertificateOf, isStoreHidden, SITE_TEMPLATE } from '../native/site-values.ts'
import type { TemplateValues } from '../template-values.ts'
import { requireImages } from './compose-values.ts'
import { composeLayout, LOGIN_CACHE } from './layout.ts'
import { modelServer } from './model.ts'
import { buildContainerAddress, type ContainerAddress } from './public-address.ts'

/** Empty where no nginx of the stack answers. `needs` are the folders, `environment` writes `.env`, `images` pulls. */
export function proxyActions(stack: Stack, needs: readonly string[], images: string): readonly Action[] {
  const address = buildContainerAddress(stack)
  if (address === undefined) return []
  const given = [
    ...setPasswords(stack, needs),
    ...certificateActions(stack, address, needs),
    ...thisMachine(stack, needs),
  ]
  return [...given, writeConfig(stack, address, [...needs, ...given.map(({ id }) => id), images])]
}

/** What nginx reads at its start, and not again. */
export function proxyReadsAtStart(stack: Stack): readonly string[] {
  const { nginxConfig, thisMachine: script } = composeLayout(stack.directory)
  const { certificate, key } = certificateLayout(stack)
  return [nginxConfig, script, ...(stack.spec.tls.kind === 'off' ? [] : [certificate, key])]
}

function setPasswords({ spec, directory }: Stack, needs: readonly string[]): readonly Action[] {
  if (spec.auth.kind !== 'htpasswd') return []
  const { passwords: path } = composeLayout(directory)
  const { adminUser } = spec.auth
  const about = { name: path, title: 'users', detail: `${adminUser}, in nginx's password file`, needs }
  const container = { stackDirectory: directory }
  return [buildAction('set-password-file', about, { path, adminUser, logins: LOGIN_CACHE, container })]
}

/** Only where not everybody may come in. */
function thisMachine({ spec, directory }: Stack, needs: readonly string[]): readonly Action[] {
  if (spec.proxy.kind !== 'container' || spec.proxy.allowFrom.length === 0) return []
  const { thisMachine: path } = composeLayout(directory)
  const about = { name: path, title: 'this-machine.sh', detail: 'lets this machine in', needs }
  const input = { path, template: 'compose/nginx/this-machine.sh.hbs', values: {}, mode: 0o755, comment: '#' } as const
  return [buildAction('write-file', about, input)]
}

function writeConfig(stack: Stack, address: ContainerAddress, needs: readonly string[]): Action {
  const { nginxConfig: path, digests, shownCertificates } = composeLayout(stack.directory)
  const from = address.redirectFrom.length === 0 ? '' : ', and from http:// to there'
  const about = { name: path, title: 'nginx.conf', detail: `${address.url.origin}${from}`, needs }
  return buildAction('write-container-nginx', about, {
    path,
    template: SITE_TEMPLATE,
    values: configValues(stack, address),
    image: requireImages(stack).nginx ?? '',
    digests,
    inside: '/etc/nginx/nginx.conf',
    mounts: { '/etc/nginx/tls': shownCertificates },
    hosts: ['mlflow', 'artifacts', 'object-store'],
    ...hstsCertificateOf(stack, address),
  })
}

function configValues(stack: Stack, address: ContainerAddress): TemplateValues {
  const { spec, directory } = stack
  return {
    id: 'mlflow',
    name: spec.name,
    directory,
    publicUrl: address.url.href,
    origin: address.url.origin,
    managed: true,
    container: true,
    user: '',
    group: '',
    syslog: '',
    pid: '/tmp/nginx.pid',
    temporary: '/tmp',
    passwords: 'htpasswd',
    logins: LOGIN_CACHE,
    loginAddress: 'unix:/tmp/login.sock',
    loginPeer: 'unix:',
    certificate: 'tls/certificate.pem',
    key: 'tls/key.pem',
    serverNames: address.serverNames.join(' '),
    listen: [String(address.innerPort)],
    redirectFrom: address.innerRedirectPorts.map(String),
    tls: address.tls,
    http2Directive: address.tls,
    http2OnListen: false,
    staticPrefix: address.staticPrefix,
    staticPrefixPattern: address.staticPrefix.replaceAll('.', String.raw`\.`),
    login: spec.auth.kind !== 'none',
    nginxChecks: spec.auth.kind === 'htpasswd',
    allowFrom: spec.proxy.kind === 'container' ? [...spec.proxy.allowFrom] : [],
    ...serverValues(stack, address),
    storeHidden: isStoreHidden(stack),
  }
}

/** Where it leads to. */
function serverValues(stack: Stack, { storePort }: ContainerAddress): TemplateValues {
  const { scenario, notebook } = stack.spec
  const tracking = `mlflow:${TRACKING_PORT}`
  return {
    trackingServer: tracking,
    artifactsServer: scenario === 6 ? `artifacts:${ARTIFACTS_PORT}` : tracking,
    storePort: storePort ?? false,
    storeServer: 'object-store:8333',
    modelServer: modelServer(stack),
    notebook: notebook === true,
  }
}
