// In: a Stack behind nginx. Out: the part that answers at the public address: nginx, its login and its certificate.
import { dirname } from 'node:path'
import type { NginxProxy, Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { Service } from '../service.ts'
import { basePython } from './layout.ts'
import type { Foundation, Part } from './part.ts'
import { proxyLayout } from './proxy-layout.ts'
import { certificateActions, certificateLayout, clientCaFile } from './proxy-certificate.ts'
import { buildPublicAddress } from './public-address.ts'
import type { PublicAddress } from './public-address.ts'
import { buildSiteValues, hstsCertificateOf, SITE_TEMPLATE } from './site-values.ts'
import type { SiteFiles } from './site-values.ts'

/** What makes nginx answer at the public address; nothing where no nginx of ours is wanted. */
export function buildProxyPart(stack: Stack, foundation: Foundation): Part {
  const { proxy } = stack.spec
  const address = buildPublicAddress(stack.spec)
  if (proxy.kind === 'none' || proxy.kind === 'container' || address === undefined)
    return { actions: [], ready: [], readAtStart: [] }
  const folders = makeFolders(stack, foundation)
  const there = folders.map(({ id }) => id)
  const given = [
    ...setPasswords(stack, [...there, foundation.environment]),
    ...certificateActions(stack, address, there),
  ]
  const needs = [...there, ...given.map(({ id }) => id)]
  const answering =
    proxy.kind === 'managed' ? writeManaged(stack, proxy, address, needs) : writeSystem(stack, proxy, address, needs)
  const running = runNginx(stack, [...folders, ...given, ...answering])
  const last = running.length === 0 ? answering : running
  const actions = [...folders, ...given, ...answering, ...running]
  return { actions, ready: last.map(({ id }) => id), readAtStart: [] }
}

/** nginx of the stack's own; none where the system's answers. */
export function proxyServices(stack: Stack): readonly Service[] {
  const address = buildPublicAddress(stack.spec)
  if (stack.spec.proxy.kind !== 'managed' || address === undefined) return []
  const { folder, start, log, accessLogs, temporaryFolders, ownRun } = proxyLayout(stack)
  const caFile = clientCaFile(stack)
  const { runAs } = stack.spec
  return [
    {
      name: 'nginx',
      command: { file: '/bin/sh', args: [start], env: {} },
      withheld: [],
      workingDirectory: folder,
      log,
      health: {
        kind: 'http',
        url: `${address.localOrigin}${address.staticPrefix}/health`,
        host: address.url.host,
        ...(caFile === undefined ? {} : { caFile }),
      },
      port: address.port,
      ...(runAs === undefined ? {} : { user: runAs }),
      writes: [accessLogs, ...temporaryFolders, ...ownRun],
      stopSignal: 'SIGQUIT',
      startTimeoutMs: 30_000,
      // A running transfer may end.
      stopTimeoutMs: 40_000,
    },
  ]
}

/** Files that a managed nginx reads when it starts. */
function proxyReadsAtStart(stack: Stack): readonly string[] {
  if (stack.spec.proxy.kind !== 'managed') return []
  const { config, start } = proxyLayout(stack)
  const { certificate, key } = certificateLayout(stack)
  return [config, start, ...(stack.spec.tls.kind === 'off' ? [] : [certificate, key])]
}

function makeFolders(stack: Stack, { folders }: Foundation): readonly Action[] {
  const { folder, accessLogs, temporary, temporaryFolders, ownRun } = proxyLayout(stack)
  const { runAs, proxy, tls } = stack.spec
  const certificates = tls.kind === 'off' ? [] : [dirname(certificateLayout(stack).certificate)]
  // An nginx that root starts gives these folders to its user by their path: only root may put links there.
  const settings = [folder, ...certificates, ...(proxy.kind === 'system' ? [] : [temporary])]
  const about = { name: 'nginx', title: 'folders of nginx', detail: 'for its settings', needs: [folders] }
  // Others pass these folders only where nginx has a user of its own.
  const mode = runAs === undefined && proxy.kind === 'managed' ? 0o700 : 0o755
  const first = buildAction('make-directories', about, { paths: settings, mode })
  if (proxy.kind === 'system') return [first]
  const input = { paths: [accessLogs, ...temporaryFolders, ...ownRun], mode: 0o700, ...ownerOf(runAs) }
  const inside = {
    name: 'nginx files',
    title: 'folders of nginx',
    detail: 'for logs and temporary files',
    needs: [first.id],
  }
  return [first, buildAction('make-directories', inside, input)]
}

function setPasswords(stack: Stack, needs: readonly string[]): readonly Action[] {
  const { auth, proxy, runAs } = stack.spec
  if (auth.kind !== 'htpasswd') return []
  const { passwords: path, logins } = proxyLayout(stack)
  // The system's nginx has a user that only the machine knows: write-system-site lets it read the file.
  const owner = proxy.kind === 'system' ? { keepsMode: true } : ownerOf(runAs)
  const about = { name: path, title: 'users', detail: `${auth.adminUser}, in nginx's password file`, needs }
  return [buildAction('set-password-file', about, { path, adminUser: auth.adminUser, logins, ...owner })]
}

function writeManaged(
  stack: Stack,
  { program }: NginxProxy<'managed'>,
  address: PublicAddress,
  needs: readonly string[],
): readonly Action[] {
  const { config, start, run } = proxyLayout(stack)
  const { name, runAs = '' } = stack.spec
  const values = buildSiteValues(stack, address, {
    ...runFiles(run),
    passwords: 'htpasswd',
    loginPeer: 'unix:',
    temporary: 'temp',
    certificate: '../tls/certificate.pem',
    key: '../tls/key.pem',
  })
  const draftValues = { ...runFiles('draft'), temporary: 'draft' }
  const site = { program, template: SITE_TEMPLATE, values, ...hstsCertificateOf(stack, address) }
  const input = { ...site, path: config, user: runAs, draftValues }
  const startInput = {
    path: start,
    template: 'native/nginx/start.sh.hbs',
    values: { name, run, user: runAs, program, syslog: values['syslog'] ?? '' },
    mode: 0o755,
    comment: '#',
  } as const
  const about = { name: config, title: 'nginx.conf', detail: detailOf(address), needs }
  const aboutStart = { name: start, title: 'start of nginx', detail: 'start.sh', needs }
  return [buildAction('write-nginx-config', about, input), buildAction('write-file', aboutStart, startInput)]
}

function writeSystem(
  stack: Stack,
  { program }: NginxProxy<'system'>,
  address: PublicAddress,
  needs: readonly string[],
): readonly Action[] {
  const { spec } = stack
  const { passwords, logins } = proxyLayout(stack)
  const { certificate, key } = certificateLayout(stack)
  const values = buildSiteValues(stack, address, {
    passwords,
    logins,
    loginAddress: `127.0.0.2:${spec.port ?? 5000}`,
    loginPeer: '127.0.0.0/8',
    pid: '',
    temporary: '',
    certificate,
    key,
  })
  const name = `mlflow-setup-${spec.name}.conf`
  const input = {
    program,
    name,
    stackDirectory: stack.directory,
    template: SITE_TEMPLATE,
    values,
    ...hstsCertificateOf(stack, address),
    serverNames: address.serverNames,
    ports: address.ports,
    reads: address.tls ? [certificate, key] : [],
    ...(spec.auth.kind === 'htpasswd' ? { passwords } : {}),
  }
  const refreshOn = needs.filter((id) => /^((make|install)-certificate|set-password-file):/u.test(id))
  const about = { name, title: "site in the system's nginx", detail: detailOf(address), needs, refreshOn }
  return [buildAction('write-system-site', about, input)]
}

/** What an nginx makes that runs. */
function runFiles(run: string): Pick<SiteFiles, 'pid' | 'logins' | 'loginAddress'> {
  return { pid: `${run}/nginx.pid`, logins: `${run}/logins`, loginAddress: `unix:${run}/login.sock` }
}

/** After MLflow, because it shows that it is ready by an answer of MLflow's. */
function runNginx(stack: Stack, prepared: readonly Action[]): readonly Action[] {
  const { name, service, proxy } = stack.spec
  if (service === 'none' || proxy.kind !== 'managed') return []
  const ids = prepared.map(({ id }) => id)
  const about = {
    name: 'nginx',
    title: 'nginx',
    detail: 'in front of MLflow',
    needs: [...ids, 'run-services:mlflow'],
    refreshOn: ids.filter((id) => /^(write-|(make|install)-certificate:)/u.test(id)),
  }
  const input = {
    group: 'nginx',
    stackName: name,
    stackDirectory: stack.directory,
    supervisor: service,
    services: proxyServices(stack),
    readsAtStart: proxyReadsAtStart(stack),
    python: basePython(stack),
    after: ['mlflow'],
  }
  return [buildAction('run-services', about, input)]
}

function detailOf({ url, redirectFrom }: PublicAddress): string {
  return redirectFrom.length === 0 ? url.origin : `${url.origin}, and from http:// to there`
}

function ownerOf(runAs: string | undefined): { readonly owner?: string } {
  return runAs === undefined ? {} : { owner: runAs }
}
