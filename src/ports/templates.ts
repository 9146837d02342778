/** The templates that ship with this package. */
export interface Templates {
  /** `name` is a path below `templates/`, such as `native/env.hbs`. Throws when the package has no such template. */
  read(name: string): Promise<string>
}
