// In: a sandbox with a database server and a store. Out: the words and secrets that set a stack of scenario 4, 5 or 6 up on them.
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type RunOptions, type Sandbox } from './sandbox.ts'
import type { PostgresServerUnderTest } from './postgres-server.ts'
import type { StorageServer } from './storage-server.ts'

export interface ProductionStack {
  readonly directory: string
  readonly url: string
  /** All answers, for `--yes` or as they are. */
  readonly flags: readonly string[]
  /** What no flag may hold. */
  readonly options: RunOptions
}

/** The services of a stack that root sets up run as a user of their own, who must get to its folder. */
export async function openSandbox({ home }: Sandbox): Promise<void> {
  await chmod(join(home, '..'), 0o711)
  await chmod(home, 0o711)
}

/** The address of an administrator, as MLFLOW_SETUP_POSTGRES_ADMIN_URL wants it. */
export function adminUrlOf({ host, port, password }: PostgresServerUnderTest): string {
  return `postgresql://postgres:${encodeURIComponent(password.reveal())}@${host}:${port}/postgres`
}

/** An existing database server and an existing store, behind an nginx of the stack's own with login and TLS. */
export async function productionStack(
  sandbox: Sandbox,
  scenario: 4 | 5 | 6,
  parts: { readonly postgres: PostgresServerUnderTest; readonly storage: StorageServer; readonly name: string },
): Promise<ProductionStack> {
  const { postgres, storage, name } = parts
  const directory = join(sandbox.home, name)
  const url = `https://localhost:${await freePort()}`
  const inner = await freePort()
  const answers = {
    scenario,
    dir: directory,
    name,
    'public-url': url,
    port: inner,
    ...(scenario === 6 ? { 'artifacts-port': await freePort() } : {}),
    'postgres-host': postgres.host,
    'postgres-port': postgres.port,
    'artifact-store': 's3',
    's3-endpoint': storage.endpoint,
    's3-bucket': name,
    proxy: 'managed',
    auth: 'htpasswd',
    tls: 'self-signed',
    service: 'background',
  }
  const flags = Object.entries(answers).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  const env = {
    MLFLOW_SETUP_POSTGRES_ADMIN_URL: adminUrlOf(postgres),
    AWS_ACCESS_KEY_ID: storage.keys.id,
    AWS_SECRET_ACCESS_KEY: storage.keys.secret,
  }
  return { directory, url, flags, options: { env } }
}
