// In: where a PostgreSQL server is. Out: how people are told.

/** `PostgreSQL at db.example:5432`, or with the path of its socket. */
export function renderPostgresAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  if (host.startsWith('/')) return `PostgreSQL at ${host}/.s.PGSQL.${port}`
  return `PostgreSQL at ${host.includes(':') ? `[${host}]` : host}:${port}`
}
