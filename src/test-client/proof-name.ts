// In: clock and random. Out: a name that no other experiment or model has.
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/** `mlflow-setup-test-20261121-4f9c2a1b`: MLflow deletes experiments softly and keeps their names taken, so each proof needs a new one. */
export function buildProofName(clock: Clock, random: Random): string {
  const date = clock.now().toISOString().slice(0, 10).replaceAll('-', '')
  return `mlflow-setup-test-${date}-${random.hex(8)}`
}
