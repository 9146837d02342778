import { expect, it } from 'vitest'
import { findPostgres } from '../../src/answers/machine/find-postgres.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms } from '../testbed/postgres-server.ts'
import { realPorts } from '../testbed/services.ts'

const { signal } = new AbortController()

it('finds the programs of the distribution, and each only once', async (context) => {
  const directory = need(context, await postgresPrograms(15), 'PostgreSQL 15')
  const { programs } = await findPostgres(realPorts(), signal)
  expect(programs).toContainEqual({ directory, major: 15 })
  expect(new Set(programs.map((found) => found.directory)).size).toBe(programs.length)
})

it('finds programs on PATH, and nothing where nothing is', async (context) => {
  const directory = need(context, await postgresPrograms(18), 'PostgreSQL 18')
  const { programs } = await findPostgres(realPorts({ PATH: directory }), signal)
  expect(programs[0]).toEqual({ directory, major: 18 })
  const nothing = { list: () => Promise.resolve([]), stat: () => Promise.resolve(undefined) }
  const ports = {
    ...realPorts(),
    files: { ...realPorts().files, ...nothing, realPath: () => Promise.resolve(undefined) },
  }
  expect(await findPostgres(ports, signal)).toEqual({ programs: [], sockets: [] })
})
