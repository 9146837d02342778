// In: one argument. Out: the same as a POSIX shell reads it back.

/** Quotes one word for a POSIX shell: bare where it is harmless, else in single quotes. */
export function renderShellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** A whole command line, to be shown and pasted. */
export function renderShellCommand(words: readonly string[]): string {
  return words.map(renderShellWord).join(' ')
}
