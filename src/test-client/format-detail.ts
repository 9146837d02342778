// In: numbers and texts that a step saw. Out: few words for people.

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes as people say them, in powers of 1000: `12 MB`. */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${size < 10 && unit > 0 ? Number(size.toFixed(1)) : Math.round(size)} ${UNITS[unit]}`
}

/** One line of at most `length` characters: blank runs and line ends become one space. */
export function formatOneLine(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`
}

/** What a server said, in one line: the message of a JSON error, the title of a web page, or the text itself. */
export function formatServerWords(body: string): string {
  const message = /"(?:message|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]
  if (message !== undefined)
    return formatOneLine(message.replaceAll(String.raw`\"`, '"').replaceAll(String.raw`\n`, ' '), 300)
  const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1]
  return formatOneLine(title ?? body.replaceAll(/<[^>]*>/g, ' '), 300)
}
