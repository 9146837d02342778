// In: a name or a text. Out: the same as PostgreSQL reads it back, for statements that take no `$1`.

/** A name of a role, database or table, with all its letters as they are. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text value. The E form reads the same whatever standard_conforming_strings says. */
export function quoteText(text: string): string {
  return `E'${text.replaceAll('\\', String.raw`\\`).replaceAll("'", "''")}'`
}
