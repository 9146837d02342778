// In: the HTTP address of a run's files. Out: FileWay through the server that serves them.
import { formatBytes } from '../format-detail.ts'
import { joinUrl } from './artifact-address.ts'
import type { ArtifactAddress } from './artifact-address.ts'
import type { OpenFileWay } from './file-way.ts'
import { removeFiles } from './remove-files.ts'

/** With the login of the server, whose own keys the store sees. */
export function proxiedFiles(address: Extract<ArtifactAddress, { kind: 'http' }>): OpenFileWay {
  return async ({ api, undoLater }) => {
    undoLater((later, found) => removeFiles(later, address, found))
    const headers = { 'content-type': 'application/octet-stream' }
    return {
      detail: 'up, listed, down',
      upload: async ({ path, bytes }) => {
        const goal = `Uploading a file of ${formatBytes(bytes.length)}`
        await api.transfer({ goal, method: 'PUT', url: joinUrl(address.fileRoot, path), body: bytes, headers })
      },
      download: async ({ path, bytes }) => {
        const goal = `Downloading a file of ${formatBytes(bytes.length)}`
        return (await api.transfer({ goal, method: 'GET', url: joinUrl(address.fileRoot, path) })).body
      },
      close: () => undefined,
    }
  }
}
