// In: where a service says that it is well. Out: its answer.
import { bareHost } from '../../formats/host-name.ts'
import type { HttpResponse } from '../../ports/http.ts'
import type { Health } from '../../targets/service.ts'
import type { ActionPorts } from '../action-kind.ts'

/** Connects to the address itself, under the name that the service is known by: DNS may not know it yet. Throws what `http` throws. */
export async function askHealth(
  { url, host, caFile }: Extract<Health, { kind: 'http' }>,
  timeoutMs: number,
  { http, files }: Pick<ActionPorts, 'http' | 'files'>,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const request = { method: 'GET', timeoutMs, signal } as const
  if (host === undefined) return http.request({ ...request, url })
  const at = new URL(url)
  const named = new URL(`${at.protocol}//${host}${at.pathname}`)
  const connectTo = { host: bareHost(at.hostname), port: portOf(at) }
  const ca = caFile === undefined ? undefined : await files.readText(caFile)
  return http.request({ ...request, url: named.href, connectTo, ...(ca === undefined ? {} : { ca }) })
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
