// In: a value that must not be seen. Out: Secret, which does not show it.
/**
 * A value that must not be seen: prints, inspects and serialises as `[redacted]`.
 * Only `ports/` and `formats/` may call `reveal()` (test/unit/walls.test.ts).
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]'
  }
}

/** Secrets by the name of their variable in `.env`. */
export type Secrets = Readonly<Record<string, Secret>>
