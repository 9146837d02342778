export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

/** Questions in a terminal. Every one throws CancelledError on Ctrl-C or Escape. */
export interface Prompts {
  select(prompt: { message: string; choices: readonly Choice[]; initial: string }): Promise<string>
  /** `validate` returns what is wrong, or undefined. It runs while the user types. */
  text(prompt: { message: string; initial: string; validate: (value: string) => string | undefined }): Promise<string>
  confirm(prompt: { message: string; initial: boolean }): Promise<boolean>
  /** Lines of text in the flow of the questions, beside the guide bar. */
  note(lines: readonly string[]): void
  intro(title: string): void
  outro(text: string): void
  /** The last line after a cancel, in place of `outro`. */
  cancelled(text: string): void
}
