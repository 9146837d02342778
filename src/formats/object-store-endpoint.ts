// In: what the user gave as the endpoint of an object store. Out: its canonical form, or what is wrong with it.
import { whyNotHostName } from './host-name.ts'

/** `href` has no slash at its end. `problem` goes on after the value: `has no scheme; write http://…`. */
export type ObjectStoreEndpoint = { readonly href: string; readonly url: URL } | { readonly problem: string }

/** Ports on which stores have a web page for people: MinIO's console, weed's master and filer, Ceph's dashboard. */
const CONSOLE_PORTS: Readonly<Record<string, string>> = {
  '9001': 'the web console of MinIO or RustFS; its API is mostly on 9000',
  '9333': 'the master of SeaweedFS; its S3 API is mostly on 8333',
  '8888': 'the filer of SeaweedFS; its S3 API is mostly on 8333',
  '23646': 'the admin page of SeaweedFS; its S3 API is mostly on 8333',
  '8443': 'the dashboard of Ceph; its S3 API is mostly on 7480, 80 or 443',
}

/** The base address of an S3 API: scheme, host and port, and nothing else. */
export function objectStoreEndpointOf(text: string): ObjectStoreEndpoint {
  if (text === '') return { problem: 'is empty' }
  if (/^s3a?:\/\//i.test(text))
    return { problem: 'is the address of a bucket; write the http:// or https:// address of its store' }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return { problem: `has no scheme; write http://${withoutSlashes(text)} or https://${withoutSlashes(text)}` }
  if (!URL.canParse(text)) return { problem: 'is not an address such as http://127.0.0.1:9000' }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: 'must start with http:// or https://' }
  if (url.username !== '' || url.password !== '') return { problem: 'has a login in it; give the keys separately' }
  if (url.search !== '' || url.hash !== '') return { problem: 'must end before ? and #' }
  if (url.pathname !== '/') {
    return { problem: `has a path; write ${url.origin} and name the bucket separately` }
  }
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]')
    return { problem: 'is a listen address; name the host, such as 127.0.0.1' }
  // botocore refuses such a host: "Invalid endpoint".
  if (url.hostname.includes('_'))
    return { problem: 'has an underscore in its host name, which boto3 refuses; use another name or the IP address' }
  const wrongHost = whyNotHostName(url.hostname)
  if (wrongHost !== undefined) return { problem: wrongHost }
  if (url.port === '0') return { problem: 'has port 0; take 1 to 65535' }
  return { href: url.origin, url }
}

/** Why the bucket is in the endpoint too, or undefined when it is not; goes on after the endpoint. */
export function bucketInEndpoint(endpoint: URL, bucket: string): string | undefined {
  if (!endpoint.hostname.startsWith(`${bucket}.`)) return undefined
  const rest = `${endpoint.protocol}//${endpoint.host.slice(bucket.length + 1)}`
  // `s3.example.org` with a bucket `s3` is an honest name.
  return rest.includes('.') ? `begins with the name of the bucket; write ${rest}` : undefined
}

/** What is known to be on this port instead of an S3 API, in words; undefined for all other ports. */
export function consoleAt(endpoint: URL): string | undefined {
  return CONSOLE_PORTS[endpoint.port]
}

function withoutSlashes(text: string): string {
  return text.replace(/^\/+/, '')
}
