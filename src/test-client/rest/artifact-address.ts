// In: a tracking URI and the artifact URI of a run. Out: where REST reaches those files, or why it cannot.

export type ArtifactAddress =
  /** Files are under `fileRoot`; `listRoot` is the listing call of the same server and `path` what it is asked for. */
  | { readonly kind: 'http'; readonly fileRoot: string; readonly listRoot: string; readonly path: string }
  /** Clients talk to the store itself. */
  | { readonly kind: 'direct'; readonly scheme: string }

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'

/** A URL below the tracking URI: its path prefix is kept, `query` is encoded. */
export function buildApiUrl(trackingUri: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  const base = trackingUri.replace(/[?#].*$/s, '').replace(/\/+$/, '')
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20')
  return `${base}${path}${search === '' ? '' : `?${search}`}`
}

/**
 * Follows `artifact_uri` as the Python client does (mlflow_artifacts_repo.py, `resolve_uri`): `mlflow-artifacts:/x` is the proxy of the
 * tracking server, `mlflow-artifacts://host/x` that of another one with the same scheme and prefix, `http(s)://` an address of its own.
 */
export function buildArtifactAddress(trackingUri: string, artifactUri: string): ArtifactAddress {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(artifactUri)?.[1]?.toLowerCase() ?? 'file'
  if (scheme === 'mlflow-artifacts') {
    const [, host, path = ''] = /^[^:]*:(?:\/\/([^/]*))?\/*(.*)$/s.exec(artifactUri) ?? []
    const root = buildApiUrl(replaceHost(trackingUri, host), PROXY)
    return { kind: 'http', fileRoot: joinUrl(root, path), listRoot: root, path }
  }
  if (scheme === 'http' || scheme === 'https') {
    const at = artifactUri.indexOf('/mlflow-artifacts/artifacts')
    const cut = at === -1 ? artifactUri.length : at + '/mlflow-artifacts/artifacts'.length
    const path = artifactUri.slice(cut).replace(/^\/+/, '')
    return {
      kind: 'http',
      fileRoot: joinUrl(artifactUri.slice(0, cut), path),
      listRoot: artifactUri.slice(0, cut),
      path,
    }
  }
  return { kind: 'direct', scheme }
}

/** The URL of one file: each segment is encoded, percent escapes that are there already are kept. */
export function joinUrl(root: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '')
  return [root.replace(/\/+$/, ''), ...segments.map(encodeSegment)].join('/')
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(/%25([0-9A-Fa-f]{2})/g, '%$1')
}

function replaceHost(trackingUri: string, host: string | undefined): string {
  return host === undefined || host === '' ? trackingUri : trackingUri.replace(/^([a-z]+:\/\/)[^/]*/i, `$1${host}`)
}
