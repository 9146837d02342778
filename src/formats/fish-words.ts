// In: one argument. Out: the same as fish reads it back.

/** In single quotes, where fish looks at nothing but a backslash before a backslash or a quote. */
export function renderFishWord(word: string): string {
  if (/^[A-Za-z0-9_@+=:,./-]+$/.test(word)) return word
  return `'${word.replace(/[\\']/g, '\\$&')}'`
}
