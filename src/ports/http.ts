import type { Secret } from '../secret.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as HTTP basic authentication. */
  readonly login?: { readonly user: string; readonly password: Secret }
  readonly body?: string | Uint8Array
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** PEM text of further roots to trust. */
  readonly ca?: string
  /** Where to connect instead, past DNS, as `curl --connect-to`: URL, Host header, SNI and the certificate's check keep the name. */
  readonly connectTo?: ConnectTo
}

export interface ConnectTo {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  text(): string
  /** The body as JSON, or undefined when it is none. */
  json(): unknown
}

/**
 * HTTP/1.1 with keep-alive. Any status is an answer. What never became one is thrown as ExternalError:
 * `http.refused`, `http.unknown-host`, `http.timeout`, `http.tls`, `http.failed`. An abort throws the signal's reason.
 * Redirects are not followed. Proxy variables are not read.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>
  /** Closes idle connections, so that the program can end. */
  close(): void
}

/**
 * Connections are kept per server and set of trusted roots. Node's HTTP and TLS modules are loaded with the first request: they take
 * longer than all the rest of a start.
 */
export function makeHttp(): Http {
  let client: Promise<Http> | undefined
  return {
    request: async (request) => {
      client ??= import('./http-client.ts').then(({ makeHttpClient }) => makeHttpClient())
      return (await client).request(request)
    },
    close: () => void client?.then((made) => made.close()),
  }
}
