import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseConnectionUrl } from '../../../src/formats/connection-url.ts'
import { Secret } from '../../../src/secret.ts'

const parse = (url: string) => {
  const { password, ...parts } = parseConnectionUrl(new Secret(url), 'THE_URL')
  const given = Object.entries(parts).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), ...(password === undefined ? {} : { password: password.reveal() }) }
}

it.each([
  [
    'postgresql://u:p@h:5433/d?sslmode=require',
    { host: 'h', port: 5433, user: 'u', password: 'p', database: 'd', sslMode: 'require' },
  ],
  ['postgres://h', { host: 'h' }],
  ['postgresql+psycopg2://u@h/', { host: 'h', user: 'u' }],
  ['postgresql://[::1]:5432/d', { host: '::1', port: 5432, database: 'd' }],
  ['postgresql:///d?host=/var/run/postgresql&user=u', { host: '/var/run/postgresql', user: 'u', database: 'd' }],
  ['postgresql://%2Ftmp/d', { host: '/tmp', database: 'd' }],
  ['postgresql://u:%40%3A%2F%25@h?sslrootcert=/ca.pem', { host: 'h', user: 'u', password: '@:/%', caFile: '/ca.pem' }],
  [' postgresql://u:a:b@h?sslmode=allow\n', { host: 'h', user: 'u', password: 'a:b', sslMode: 'prefer' }],
])('reads %s', (url, parts) => {
  expect(parse(url)).toEqual(parts)
})

it('gives back every user, password and database', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(text, text, text, (user, password, database) => {
      const [u, p, d] = [user, password, database].map(encodeURIComponent)
      expect(parse(`postgresql://${u}:${p}@h:1/${d}`)).toEqual({ host: 'h', port: 1, user, password, database })
    }),
  )
})

it.each([
  ['mysql://u:s3cret@h/d', 'connection-url.scheme'],
  ['db.example', 'connection-url.scheme'],
  ['postgresql://u:s3cret@x@h/d', 'connection-url.not-encoded'],
  ['postgresql://u:s3cret#x@h/d', 'connection-url.not-encoded'],
  ['postgresql://u:s3cret/x@h/d', 'connection-url.not-encoded'],
  ['postgresql://u:s3cret%x@h/d', 'connection-url.not-encoded'],
  ['postgresql://h:s3cret/d', 'connection-url.not-encoded'],
  ['postgresql://u:s3cret@h/d?sslmode=s3cret', 'connection-url.sslmode'],
])('refuses %s and does not show it', (url, code) => {
  const error = (() => {
    try {
      return parse(url)
    } catch (reason) {
      return reason
    }
  })()
  expect(error).toMatchObject({ code, message: expect.stringContaining('THE_URL') })
  expect(JSON.stringify(error) + String(error)).not.toContain('s3cret')
})
