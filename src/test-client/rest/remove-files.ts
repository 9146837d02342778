// In: where the files of our run are. Out: nothing; they are gone, and the empty folders around them too.
import { array, object, optional, safeParse, unknown } from 'valibot'
import { isAtLeast } from '../../formats/version.ts'
import { joinUrl } from './artifact-address.ts'
import type { ArtifactAddress } from './artifact-address.ts'
import type { Found } from './rest-step.ts'
import { answerFailure } from './tracking-api.ts'
import type { TrackingApi } from './tracking-api.ts'

const Listing = object({ files: optional(array(unknown()), []) })

/** The first version known not to delete the folder `12` of an S3 store along with `1` (read in 3.17.2's source). */
const EXACT_SINCE = '3.17'

/**
 * Removes the run's folder, which only this test client has used, and the experiment's folder when that is empty then: a store that is
 * older than its database may keep the files of another experiment with the same number there.
 */
export async function removeFiles(
  api: TrackingApi,
  address: Extract<ArtifactAddress, { kind: 'http' }>,
  found: Found,
): Promise<void> {
  const folders = address.path.split('/').filter((name) => name !== '')
  const runAt = folders.lastIndexOf(found.runId ?? '')
  const runFolder = runAt === -1 ? folders : folders.slice(0, runAt + 1)
  await removeFolder(api, address.listRoot, runFolder)
  const parent = runFolder.slice(0, -1)
  if (runAt < 1 || parent.at(-1) !== found.experimentId || !isAtLeast(found.version ?? '0', EXACT_SINCE)) return
  if (await isEmpty(api, address.listRoot, parent)) await removeFolder(api, address.listRoot, parent)
}

async function removeFolder(api: TrackingApi, root: string, folder: readonly string[]): Promise<void> {
  const goal = 'Deleting the files'
  const response = await api.exchange({ goal, method: 'DELETE', url: joinUrl(root, folder.join('/')) })
  // Where the proxy for files is switched off, nothing could be stored either.
  const nothingThere =
    response.status === 404 || (response.status === 503 && response.text().includes('--no-serve-artifacts'))
  if (response.status !== 200 && !nothingThere) throw answerFailure(goal, response)
}

async function isEmpty(api: TrackingApi, root: string, folder: readonly string[]): Promise<boolean> {
  const url = `${root}?path=${encodeURIComponent(folder.join('/'))}`
  const response = await api.exchange({ goal: 'Looking for left files', method: 'GET', url })
  const listing = safeParse(Listing, response.json())
  return response.status === 200 && listing.success && listing.output.files.length === 0
}
