import { expect, it } from 'vitest'
import { renderPostgresAddress } from '../../../src/formats/postgres-address.ts'
import {
  quoteName,
  quoteText,
  renderPostgresFolder,
  renderPostgresValue,
} from '../../../src/formats/postgres-quotes.ts'

it('doubles what would end a value', () => {
  expect(renderPostgresValue(String.raw`it's C:\x`)).toBe(String.raw`'it''s C:\\x'`)
  expect(renderPostgresFolder(`/a, "b" 'c'`)).toBe(`'"/a, ""b"" ''c''"'`)
  expect(quoteName(`My "Runs"`)).toBe(`"My ""Runs"""`)
  expect(quoteText(String.raw`it's C:\x`)).toBe(String.raw`E'it''s C:\\x'`)
})

it('names a server as people do', () => {
  expect(renderPostgresAddress({ host: '::1', port: 5432 })).toBe('PostgreSQL at [::1]:5432')
  expect(renderPostgresAddress({ host: '/run', port: 1 })).toBe('PostgreSQL at /run/.s.PGSQL.1')
})
