// In: a name or a text. Out: the same as PostgreSQL reads it back, from a statement that takes no `$1` or from postgresql.conf.

/** A name of a role, database or table, with all its letters as they are. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text value of a statement. The E form reads the same whatever standard_conforming_strings says. */
export function quoteText(text: string): string {
  return `E${renderPostgresValue(text)}`
}

/** A value of postgresql.conf: in single quotes, where a quote is doubled and a backslash escapes. */
export function renderPostgresValue(value: string): string {
  return `'${value.replaceAll('\\', String.raw`\\`).replaceAll("'", "''")}'`
}

/** One folder for a setting that takes a list of them: as a name in double quotes, commas and spaces belong to it. */
export function renderPostgresFolder(folder: string): string {
  return renderPostgresValue(quoteName(folder))
}
