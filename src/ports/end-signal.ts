import { setMaxListeners } from 'node:events'
import { CancelledError } from '../errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Aborts with a CancelledError on Ctrl-C and on the signals that end a program; a second one ends it at once, as
 * without us. `stop` ends the listening.
 */
export function listenForEnd(): { readonly signal: AbortSignal; stop(): void } {
  const abort = new AbortController()
  // Many probes listen to it side by side; that is no leak.
  setMaxListeners(0, abort.signal)
  const end = (name: NodeJS.Signals) => {
    if (abort.signal.aborted) {
      stop()
      process.kill(process.pid, name)
    }
    // We go on listening: execa ends the program at once when it finds no other listener than its own (signal-exit).
    else abort.abort(new CancelledError(false))
  }
  const stop = () => SIGNALS.forEach((name) => process.off(name, end))
  SIGNALS.forEach((name) => process.on(name, end))
  return { signal: abort.signal, stop }
}
