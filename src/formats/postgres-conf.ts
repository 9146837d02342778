// In: a value. Out: the same as PostgreSQL reads it back from postgresql.conf.

/** In single quotes, where a quote is doubled and a backslash escapes. */
export function renderPostgresValue(value: string): string {
  return `'${value.replaceAll('\\', String.raw`\\`).replaceAll("'", "''")}'`
}

/** One folder for a setting that takes a list of them: as a name in double quotes, commas and spaces belong to it. */
export function renderPostgresFolder(folder: string): string {
  return renderPostgresValue(`"${folder.replaceAll('"', '""')}"`)
}
