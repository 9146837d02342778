// In: a Stack of containers. Out: its services, in the order in which they start.
import { buildAddresses } from '../../stack/addresses.ts'
import { objectStoreOf } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import type { ContainerService } from '../compose-actions.ts'
import { clientCaFile } from '../native/proxy-certificate.ts'
import type { Health } from '../service.ts'
import { composeLayout } from './layout.ts'
import { modelServices } from './model.ts'
import { notebookServices } from './notebook.ts'
import { buildContainerAddress } from './public-address.ts'
import { proxyReadsAtStart } from './proxy.ts'
import { rootFiles } from './roots.ts'
import { postgresOf } from './stores.ts'

export function composeServices(stack: Stack): readonly ContainerService[] {
  const { scenario } = stack.spec
  const postgres = postgresOf(stack)
  const store = objectStoreOf(stack.spec)
  const has = (name: string, there: boolean, job = false): readonly ContainerService[] =>
    there ? [{ name, job, readsAtStart: [] }] : []
  return [
    ...has('postgres', postgres !== undefined && postgres.managed !== false),
    ...has('object-store', store?.managed !== undefined),
    ...has('database', postgres !== undefined, true),
    ...has('bucket', store !== undefined, true),
    ...(scenario === 6 ? [{ name: 'artifacts', job: false, readsAtStart: rootFiles(stack) }] : []),
    {
      name: 'mlflow',
      ...mlflowHealth(stack),
      job: false,
      readsAtStart: [...loginSettings(stack), ...rootFiles(stack)],
    },
    ...modelServices(stack),
    ...notebookServices(stack),
    ...nginxService(stack),
  ]
}

/** From this machine only where the engine publishes its port. */
function mlflowHealth({ spec }: Stack): { readonly health?: Health } {
  const addresses = spec.proxy.kind === 'none' ? buildAddresses(spec) : undefined
  return addresses === undefined ? {} : { health: { kind: 'http', url: `${addresses.localUrl}/health` } }
}

function loginSettings({ spec, directory }: Stack): readonly string[] {
  return spec.auth.kind === 'basic-auth' ? [composeLayout(directory).login] : []
}

function nginxService(stack: Stack): readonly ContainerService[] {
  const address = buildContainerAddress(stack)
  if (address === undefined) return []
  const caFile = clientCaFile(stack)
  const health = {
    kind: 'http',
    url: `${address.localOrigin}${address.staticPrefix}/health`,
    host: address.url.host,
    ...(caFile === undefined ? {} : { caFile }),
  } as const
  return [{ name: 'nginx', health, job: false, readsAtStart: proxyReadsAtStart(stack) }]
}
