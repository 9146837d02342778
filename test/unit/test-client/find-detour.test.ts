import { describe, expect, it } from 'vitest'
import { ExternalError } from '../../../src/errors.ts'
import type { Http, HttpResponse } from '../../../src/ports/http.ts'
import { findDetour } from '../../../src/test-client/find-detour.ts'

const SUBJECT = { trackingUri: 'https://ml.example', user: undefined, password: undefined, ca: undefined }
const HERE = { host: '127.0.0.1', port: 8443 }

/** A server that answers here with 200, and at its name with a status, or with no answer at all. */
function serverThat(there: number | string, here = 200): Http {
  const answer = (status: number): HttpResponse => {
    const text = status === 200 ? '{"experiments":[]}' : ''
    return {
      status,
      headers: {},
      body: Buffer.from(text),
      text: () => text,
      json: () => (text === '' ? undefined : {}),
    }
  }
  return {
    request: async ({ connectTo }) => {
      if (connectTo !== undefined) return answer(here)
      if (typeof there === 'number') return answer(there)
      throw new ExternalError(there, 'No answer.')
    },
    close: () => undefined,
  }
}

const findFor = (http: Http) => findDetour(SUBJECT, HERE, http, new AbortController().signal)

describe('the way past DNS', () => {
  it.each<[number | string, string]>([
    ['http.unknown-host', 'ml.example has no address in DNS yet.'],
    ['http.refused', 'ml.example cannot be reached from here.'],
    ['http.tls', 'At ml.example another server answers, with another certificate.'],
    [403, 'ml.example does not let this machine in (403).'],
    [404, 'At ml.example another server answers.'],
  ])('is taken for %s, and it is said why', async (there, why) => {
    expect(await findFor(serverThat(there))).toEqual({ ...HERE, why })
  })

  it('is not taken where the name leads to this server, or where it does not answer even here', async () => {
    expect(await findFor(serverThat(200))).toBeUndefined()
    expect(await findFor(serverThat(404, 502))).toBeUndefined()
  })
})
