/** Calls back when this program ends by itself, by an error nobody caught or by process.exit; returns what takes that back. */
export function onExit(callback: () => void): () => void {
  process.once('exit', callback)
  return () => process.off('exit', callback)
}
