import { expect, test } from 'vitest'
import { buildUvSettings, mergePipSettings } from '../../../src/actions/packages/index-settings.ts'

const settings = (texts: readonly string[], env: Record<string, string> = {}, uv = '') =>
  buildUvSettings(mergePipSettings(texts, env), env, uv)

test('everything that pip was told reaches uv', () => {
  const text = `[global]
index-url = https://user:secret@packages.corp.example/simple
extra-index-url = https://one.example/simple
  https://two.example/simple
trusted-host = packages.corp.example one.example
cert = /etc/corp.pem
client-cert = /etc/me.pem
proxy = http://proxy.corp.example:3128
timeout = 60
find-links = /srv/a /srv/b
constraint = /srv/constraints.txt`
  expect(settings([text])).toEqual({
    UV_DEFAULT_INDEX: 'https://user:secret@packages.corp.example/simple',
    UV_INDEX: 'https://one.example/simple https://two.example/simple',
    UV_INDEX_STRATEGY: 'unsafe-best-match',
    UV_INSECURE_HOST: 'packages.corp.example one.example',
    UV_FIND_LINKS: '/srv/a,/srv/b',
    UV_CONSTRAINT: '/srv/constraints.txt',
    UV_HTTP_TIMEOUT: '60',
    SSL_CERT_FILE: '/etc/corp.pem',
    SSL_CLIENT_CERT: '/etc/me.pem',
    HTTPS_PROXY: 'http://proxy.corp.example:3128',
    HTTP_PROXY: 'http://proxy.corp.example:3128',
  })
})

test('later files win over earlier ones, [install] over [global], variables over files', () => {
  const first = '[global]\nindex-url = https://a.example\n[install]\nfind-links = /a'
  const second = '[global]\nindex-url = https://b.example\nfind-links = /b'
  expect(settings([first, second])).toEqual({ UV_DEFAULT_INDEX: 'https://b.example', UV_FIND_LINKS: '/a' })
  const env = { PIP_INDEX_URL: 'https://c.example' }
  expect(settings([first, second], env)).toMatchObject({ UV_DEFAULT_INDEX: 'https://c.example' })
})

test('an index that uv was told itself is the only one', () => {
  const text = '[global]\nindex-url = https://pip.example\nextra-index-url = https://more.example\ncert = /etc/corp.pem'
  expect(settings([text], { UV_INDEX_URL: 'https://uv.example' })).toEqual({ SSL_CERT_FILE: '/etc/corp.pem' })
  const uv = '[[index]]\nurl = "https://uv.example"\ndefault = true'
  expect(settings([text], {}, uv)).toEqual({ SSL_CERT_FILE: '/etc/corp.pem' })
})

test("the user's own variables stay", () => {
  const env = { PIP_CERT: '/pip.pem', SSL_CERT_FILE: '/own.pem', PIP_PROXY: 'http://p:1', https_proxy: 'http://own:2' }
  expect(settings([], env)).toEqual({ HTTP_PROXY: 'http://p:1' })
})

test('nothing is made up', () => {
  expect(settings([])).toEqual({})
})
