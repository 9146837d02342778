import { describe, expect, it } from 'vitest'
import { parseNginxDump } from '../../../src/formats/nginx-dump.ts'
import { parseNginxVersion, renderNginxName, renderNginxValue } from '../../../src/formats/nginx.ts'
import { isAtLeast } from '../../../src/formats/version.ts'

describe('a value for nginx', () => {
  it.each([
    ['/etc/ssl/a.pem', '/etc/ssl/a.pem'],
    ['unix:/run/x.sock', 'unix:/run/x.sock'],
    ['[::1]:8443', '[::1]:8443'],
    ['a b', '"a b"'],
    ['say "x"\\', '"say \\"x\\"\\\\"'],
    ['x;y{z}#', '"x;y{z}#"'],
    ['', '""'],
  ])('%j', (value, text) => {
    expect(renderNginxValue(value)).toBe(text)
  })

  it.each(['$HOME', 'a\nb', 'a\u0000b'])('cannot be %j', (value) => {
    expect(() => renderNginxValue(value)).toThrow(expect.objectContaining({ code: 'nginx.value' }))
  })
})

it('makes names that nginx takes for variables, another one for each stack', () => {
  expect(renderNginxName('my-team')).toBe('mlflow_my_team')
})

it.each([
  ['nginx version: nginx/1.22.1\n', '1.22.1'],
  ['nginx version: nginx/1.18.0 (Ubuntu)', '1.18.0'],
  ['nginx version: openresty/1.27.1.2', '1.27.1'],
  ['Tengine version: Tengine/2.4.1', undefined],
])('reads the version in %j', (text, version) => {
  expect(parseNginxVersion(text)).toBe(version)
})

it.each([
  ['1.25.1', '1.25.1', true],
  ['1.25.0', '1.25.1', false],
  ['1.9.15', '1.18.0', false],
  ['2.0.0', '1.25.1', true],
])('%s is at least %s: %s', (version, wanted, answer) => {
  expect(isAtLeast(version, wanted)).toBe(answer)
})

describe('a dump of nginx', () => {
  const dump = parseNginxDump(
    [
      '# configuration file /etc/nginx/nginx.conf:',
      'user www-data;',
      'http {',
      '  # server_name comment.example;',
      '  include /etc/nginx/conf.d/*.conf;',
      '  log_format x "server { server_name text.example; }";',
      '  upstream u { server 127.0.0.1:1; }',
      '}',
      '',
      '# configuration file /etc/nginx/conf.d/a.conf:',
      'server {',
      '  listen 80; listen [::]:80 default_server;',
      '  location / { return 200 "}"; }',
      '  server_name a.example',
      '    "b.example";',
      '}',
      "server { listen unix:/x; listen 127.0.0.1:8443 ssl; server_name 'c.example'; }",
      'server { server_name d.example; listen localhost; }',
      '',
    ].join('\n'),
  )

  it('names each site with its place', () => {
    expect(dump.sites).toEqual([
      { file: '/etc/nginx/conf.d/a.conf', line: 4, names: ['a.example', 'b.example'], ports: [80] },
      { file: '/etc/nginx/conf.d/a.conf', line: 7, names: ['c.example'], ports: [8443] },
      { file: '/etc/nginx/conf.d/a.conf', line: 8, names: ['d.example'], ports: [80] },
    ])
  })

  it('says who its workers are and where sites come from', () => {
    expect(dump).toMatchObject({
      user: 'www-data',
      includes: ['/etc/nginx/conf.d/*.conf'],
      files: ['/etc/nginx/nginx.conf', '/etc/nginx/conf.d/a.conf'],
    })
  })
})
