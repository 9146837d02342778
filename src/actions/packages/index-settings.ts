// In: the user's environment and pip's and uv's configuration files. Out: the environment in which uv finds the same index as pip would.
import { join } from 'node:path'
import { parsePipConf } from '../../formats/pip-conf.ts'
import type { Files } from '../../ports/files.ts'

type Env = Readonly<Record<string, string>>

/** What the user told pip, by option name: `index-url`. Values may hold passwords: they go into environments and nowhere else. */
export type PipSettings = ReadonlyMap<string, string>

/** Files in pip's order: what comes later wins. https://pip.pypa.io/en/stable/topics/configuration/ */
function pipFiles(env: Env, venv: string): readonly string[] {
  const explicit = env['PIP_CONFIG_FILE']
  // pip's own way to say "no file at all".
  if (explicit === '/dev/null') return []
  const home = env['HOME']
  const inHome = (path: string) => (home === undefined ? [] : [join(home, path)])
  const directories = (env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':').filter((directory) => directory !== '')
  return [
    ...directories.toReversed().map((directory) => join(directory, 'pip/pip.conf')),
    '/Library/Application Support/pip/pip.conf',
    '/etc/pip.conf',
    ...inHome('.pip/pip.conf'),
    ...(env['XDG_CONFIG_HOME'] === undefined
      ? inHome('.config/pip/pip.conf')
      : [join(env['XDG_CONFIG_HOME'], 'pip/pip.conf')]),
    ...inHome('Library/Application Support/pip/pip.conf'),
    join(venv, 'pip.conf'),
    ...(explicit === undefined ? [] : [explicit]),
  ]
}

function uvFiles(env: Env): readonly string[] {
  const home = env['HOME']
  const own = env['XDG_CONFIG_HOME'] ?? (home === undefined ? undefined : join(home, '.config'))
  return [
    ...(own === undefined ? [] : [join(own, 'uv/uv.toml')]),
    '/etc/uv/uv.toml',
    env['UV_CONFIG_FILE'] ?? '',
  ].filter((path) => path !== '')
}

async function readAll(files: Pick<Files, 'readText'>, paths: readonly string[]): Promise<readonly string[]> {
  // A file that this user may not read does not count for pip either.
  const texts = await Promise.all(paths.map((path) => files.readText(path).catch(() => undefined)))
  return texts.filter((text) => text !== undefined)
}

/** What pip would use for an installation: its files, then its variables. */
export function mergePipSettings(texts: readonly string[], env: Env): PipSettings {
  const settings = new Map<string, string>()
  for (const section of ['global', 'install']) {
    for (const text of texts) {
      for (const [name, value] of parsePipConf(text)) {
        if (name.startsWith(`${section}.`)) settings.set(name.slice(section.length + 1), value)
      }
    }
  }
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('PIP_') && value !== '') settings.set(name.slice(4).toLowerCase().replaceAll('_', '-'), value)
  }
  return settings
}

const INDEX_VARIABLES = ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_NO_INDEX']

/**
 * The variables that tell uv what pip was told: uv reads neither pip.conf nor PIP_*. What the user told uv itself stays, and where
 * they named an index to uv, pip's is not asked. `uvConfig` is the text of uv's own configuration files.
 */
export function buildUvSettings(pip: PipSettings, env: Env, uvConfig: string): Env {
  const words = (name: string) => (pip.get(name) ?? '').split(/\s+/u).filter((word) => word !== '')
  const uvHasIndex = INDEX_VARIABLES.some((name) => (env[name] ?? '') !== '') || /index/u.test(uvConfig)
  const ca = pip.get('cert') ?? env['REQUESTS_CA_BUNDLE'] ?? env['CURL_CA_BUNDLE']
  const proxy = pip.get('proxy')
  const wanted: Record<string, string | undefined> = {
    ...(uvHasIndex ? {} : indexSettings(pip, words)),
    UV_FIND_LINKS: words('find-links').join(',') || undefined,
    UV_INSECURE_HOST: words('trusted-host').join(' ') || undefined,
    UV_CONSTRAINT: words('constraint').join(' ') || undefined,
    UV_HTTP_TIMEOUT: pip.get('timeout') ?? pip.get('default-timeout'),
    UV_KEYRING_PROVIDER: pip.get('keyring-provider') === 'subprocess' ? 'subprocess' : undefined,
    SSL_CERT_FILE: ca,
    SSL_CLIENT_CERT: pip.get('client-cert'),
    HTTPS_PROXY: env['https_proxy'] === undefined ? proxy : undefined,
    HTTP_PROXY: env['http_proxy'] === undefined ? proxy : undefined,
  }
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined && value !== '' && (env[name] ?? '') === '') settings[name] = value
  }
  return settings
}

function indexSettings(
  pip: PipSettings,
  words: (name: string) => readonly string[],
): Record<string, string | undefined> {
  const extra = words('extra-index-url')
  return {
    UV_DEFAULT_INDEX: pip.get('index-url'),
    UV_INDEX: extra.join(' ') || undefined,
    // pip takes the best version of all indexes, uv by default the first index that has the package at all.
    UV_INDEX_STRATEGY: extra.length > 0 ? 'unsafe-best-match' : undefined,
    UV_NO_INDEX: /^(1|true|yes|on)$/iu.test(pip.get('no-index') ?? '') ? 'true' : undefined,
  }
}

/** Reads pip's and uv's configuration and returns the variables that uv needs besides the user's own. */
export async function inspectIndexSettings(files: Pick<Files, 'readText'>, env: Env, venv: string): Promise<Env> {
  const [pip, uv] = await Promise.all([readAll(files, pipFiles(env, venv)), readAll(files, uvFiles(env))])
  return buildUvSettings(mergePipSettings(pip, env), env, uv.join('\n'))
}
