// In: nothing. Out: Answers, everything the user decided, each with where it came from.

export type AnsweredScenario = 1 | 2 | 3 | 5

export interface Answers {
  readonly scenario: AnsweredScenario
  readonly target: 'native'
  /** The stack directory, absolute. */
  readonly dir: string
  readonly name: string
  readonly mlflowVersion: string
  readonly publicUrl: string
  readonly port: number
  readonly backendStore: string
  readonly artifactStore: string
  readonly workers: number
  readonly service: 'systemd' | 'systemd-user' | 'background'
  /** The Python to build on, absolute. */
  readonly python: string
  /** Whether a missing Python may be installed with the distribution's package manager. */
  readonly installPackages: 'yes' | 'no'
  readonly testClient: 'rest' | 'python' | 'all' | 'off'
}

export type AnswerSource = 'flag' | 'environment' | 'answers file' | 'existing stack' | 'prompt' | 'default'

/** The answers that apply, and the source of each. */
export interface ResolvedAnswers {
  readonly answers: Partial<Answers>
  readonly sources: Readonly<Partial<Record<keyof Answers, AnswerSource>>>
}
