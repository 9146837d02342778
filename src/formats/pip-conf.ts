/**
 * Reads pip's configuration file, which Python's configparser writes: `[section]`, `key = value`, and further lines of a value
 * that begin with a space. Returns `section.key` with `_` as `-`, as pip takes them. Lines that are none of these are skipped.
 */
export function parsePipConf(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  let section = ''
  let key: string | undefined
  for (const line of text.replace(/^\uFEFF/u, '').split(/\r?\n/u)) {
    if (/^\s*(?:[#;].*)?$/u.test(line)) continue
    const header = /^\[([^\]]+)\]/u.exec(line)?.[1]
    const pair = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/u.exec(line)
    if (header !== undefined) {
      section = header.trim()
      key = undefined
    } else if (/^\s/u.test(line) && key !== undefined) {
      values.set(key, `${values.get(key) ?? ''}\n${line.trim()}`.trim())
    } else if (pair?.[1] !== undefined) {
      key = `${section}.${pair[1].toLowerCase().replaceAll('_', '-')}`
      values.set(key, (pair[2] ?? '').trim())
    }
  }
  return values
}
