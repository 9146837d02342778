// In: one text. Out: the same as a Python string.

/** A literal of JSON, whose escapes Python knows too; what is not ASCII is written out, so that no encoding matters. */
export function renderPythonText(text: string): string {
  return JSON.stringify(text).replace(/[\u{7F}-\u{10FFFF}]/gu, (letter) => {
    const code = (letter.codePointAt(0) ?? 0).toString(16)
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
  })
}
