// In: what a starting service has written so far. Out: what it does now, in a few words.

const PHASES: readonly (readonly [sign: RegExp, words: string])[] = [
  [/Application startup complete/u, 'about to answer'],
  [/Started server process/u, 'starting to answer'],
  [/Uvicorn running|Started parent process/u, 'starting workers'],
  [/Updating database tables/u, 'updating tables'],
  [/Creating initial MLflow database tables/u, 'creating tables'],
  [/SQLAlchemy engine could not be created/u, 'waiting for the database'],
]

/** The latest phase that the text shows; the imports before the first line take most of the time. */
export function formatStartPhase(log: string): string {
  return PHASES.find(([sign]) => sign.test(log))?.[1] ?? 'loading'
}
