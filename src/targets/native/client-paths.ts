// In: a Stack. Out: ClientPaths, where the files are that clients on this machine use.
import type { ClientPaths } from '../../stack/client-environment.ts'
import type { Stack } from '../../stack/spec.ts'
import { localTrackingUri } from './layout.ts'
import { certificateLayout } from './proxy-certificate.ts'

export function clientPaths(stack: Stack): ClientPaths {
  return {
    localTrackingUri: () => localTrackingUri(stack),
    rootCertificate: certificateLayout(stack.directory).root,
  }
}
