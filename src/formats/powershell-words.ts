// In: one text. Out: the same as PowerShell reads it back.

/** In single quotes. PowerShell takes the typographic ones (U+2018 to U+201B) for quotes too, so each is doubled. */
export function renderPowershellText(text: string): string {
  return `'${text.replace(/['\u2018-\u201B]/g, '$&$&')}'`
}
