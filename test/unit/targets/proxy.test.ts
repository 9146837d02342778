import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renderTemplate } from '../../../src/plan/render-templates.ts'
import type { StackSpec } from '../../../src/stack/spec.ts'
import type { Action } from '../../../src/targets/action.ts'
import { clientCaFile } from '../../../src/targets/native/proxy-certificate.ts'
import { buildProxyPart, proxyServices } from '../../../src/targets/native/proxy.ts'
import { proxyLayout } from '../../../src/targets/native/proxy-layout.ts'
import { buildPublicAddress } from '../../../src/targets/native/public-address.ts'
import { fakeStack, SECURED } from '../../fakes/stack.ts'

const FOUNDATION = { folders: 'folders', environment: 'environment', packages: 'packages' }
const FACTS = { http2Directive: false, http2OnListen: true }
const FILES = {
  tls: { kind: 'files', certificate: '/etc/ssl/ml.pem', key: '/etc/ssl/ml.key' },
} as const satisfies Partial<StackSpec>

function actionsOf(changes: Partial<StackSpec>): readonly Action[] {
  return buildProxyPart(fakeStack(5, { ...SECURED, ...changes }), FOUNDATION).actions
}

function render(changes: Partial<StackSpec>): string {
  const action = actionsOf(changes).find(({ kind }) => kind === 'write-nginx-config' || kind === 'write-system-site')
  if (action?.kind !== 'write-nginx-config' && action?.kind !== 'write-system-site') throw new Error('no configuration')
  const { template, values, hstsCertificate } = action.input
  const user = action.kind === 'write-nginx-config' ? action.input.user : ''
  const text = readFileSync(new URL(`../../../templates/${template}`, import.meta.url), 'utf8')
  return renderTemplate(text, { ...values, ...FACTS, user, group: user, hsts: hstsCertificate !== undefined }, {})
}

describe('the configuration of nginx', () => {
  const variants: Record<string, Partial<StackSpec>> = {
    managed: {},
    'managed-split': { scenario: 6, artifactsPort: 5500, runAs: 'mlflow', service: 'systemd', ...FILES },
    system: {
      proxy: { kind: 'system', program: '/usr/sbin/nginx', allowFrom: ['10.0.0.0/8'] },
      publicUrl: 'https://ml.example:8443/team',
    },
    local: {
      publicUrl: 'http://localhost:8080',
      tls: { kind: 'off' },
      auth: { kind: 'basic-auth', adminUser: 'admin' },
    },
  }
  it.each(Object.keys(variants))('%s', async (name) => {
    await expect(render(variants[name] ?? {})).toMatchFileSnapshot(`../../snapshots/nginx/${name}.conf`)
  })

  it('tells browsers to stay with https only where the certificate may be for the world', () => {
    expect(render(FILES)).toContain('Strict-Transport-Security')
    expect(render({})).not.toContain('Strict-Transport-Security')
    expect(render({ ...FILES, publicUrl: 'https://ml.example:8443' })).not.toContain('Strict-Transport-Security')
    expect(render({ ...FILES, publicUrl: 'https://192.0.2.7' })).not.toContain('Strict-Transport-Security')
    expect(render({ ...FILES, publicUrl: 'https://localhost' })).not.toContain('Strict-Transport-Security')
  })
})

describe('the public address', () => {
  it.each([
    ['https://ml.example', ['443', '[::]:443'], ['80', '[::]:80'], 'https://127.0.0.1:443'],
    ['https://ml.example:8443/p', ['8443', '[::]:8443'], [], 'https://127.0.0.1:8443'],
    ['http://192.0.2.7', ['80'], [], 'http://127.0.0.1:80'],
    ['https://[2001:db8::7]', ['443', '[::]:443'], ['80', '[::]:80'], 'https://127.0.0.1:443'],
    ['https://localhost:8443', ['127.0.0.1:8443', '[::1]:8443'], [], 'https://127.0.0.1:8443'],
    ['http://127.0.0.5:8080', ['127.0.0.5:8080'], [], 'http://127.0.0.5:8080'],
  ])('%s', (publicUrl, listen, redirectFrom, localOrigin) => {
    const address = buildPublicAddress(fakeStack(5, { ...SECURED, publicUrl }).spec)
    expect(address).toMatchObject({ listen, redirectFrom, localOrigin })
  })
})

describe('the part', () => {
  it('adds nothing where nobody of ours answers', () => {
    expect(actionsOf({ proxy: { kind: 'none' } })).toEqual([])
  })

  it('starts nginx after MLflow, and again when one of its files changes', () => {
    const run = actionsOf({}).find(({ kind }) => kind === 'run-services')
    expect(run?.needs).toContain('run-services:mlflow')
    expect(run?.refreshOn).toHaveLength(3)
    expect(run?.input).toMatchObject({ group: 'nginx', after: ['mlflow'] })
  })

  it("leaves the system's nginx its processes, and reloads it for another certificate or password file", () => {
    const actions = actionsOf({ proxy: { kind: 'system', program: '/usr/sbin/nginx', allowFrom: [] } })
    expect(actions.map(({ kind }) => kind)).toEqual([
      'make-directories',
      'set-password-file',
      'make-certificate',
      'write-system-site',
    ])
    expect(actions.at(-1)?.refreshOn).toHaveLength(2)
  })

  it('keeps checked logins in memory where the services have a user of their own', () => {
    const own = fakeStack(5, SECURED, '/srv/mlflow')
    expect(proxyLayout(own).logins).toBe('/srv/mlflow/nginx/run/logins')
    const theirs = fakeStack(5, { ...SECURED, runAs: 'mlflow' }, '/srv/mlflow')
    expect(proxyLayout(theirs).logins).toMatch(/^\/dev\/shm\/mlflow-setup-[0-9a-f]{12}\/logins$/)
    expect(proxyServices(theirs)[0]).toMatchObject({ user: 'mlflow', port: 443, stopSignal: 'SIGQUIT' })
  })

  it('says which roots clients need', () => {
    const caFileOf = (changes: Partial<StackSpec>) => clientCaFile(fakeStack(5, { ...SECURED, ...changes }, '/srv'))
    expect(caFileOf({})).toBe('/srv/tls/ca.pem')
    expect(caFileOf(FILES)).toBe('/srv/tls/certificate.pem')
    expect(caFileOf({ tls: { kind: 'off' } })).toBeUndefined()
  })
})
