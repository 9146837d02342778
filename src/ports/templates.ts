import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The templates that ship with this package. */
export interface Templates {
  /** `name` is a path below `templates/`, such as `native/env.hbs`. Throws when the package has no such template. */
  read(name: string): Promise<string>
}

/** The folder of package.json: one step above `dist/`, two above `src/ports/`. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

/** Reads from the `templates/` of the package that this code is part of. */
export function makeTemplates(): Templates {
  return { read: (name) => readFile(join(packageFolder(), 'templates', name), 'utf8') }
}
