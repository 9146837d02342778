// In: a template's text, its values and the secrets it names. Out: the text of a file.
import Handlebars from 'handlebars'
import { renderAwsValue } from '../formats/aws-value.ts'
import { renderComposeValue } from '../formats/compose-value.ts'
import { renderComposeEnvValue, renderEnvValue } from '../formats/env-file.ts'
import { renderNginxValue } from '../formats/nginx.ts'
import { renderPostgresFolder, renderPostgresValue } from '../formats/postgres-quotes.ts'
import { renderIniValue } from '../formats/python-ini.ts'
import { renderShellWord } from '../formats/shell-words.ts'
import { renderUnitValue } from '../formats/systemd-unit.ts'
import type { Secret, Secrets } from '../secret.ts'
import type { TemplateValues } from '../targets/template-values.ts'

/** How values enter: `{{env host}}`, `{{unit path}}`. Nothing is escaped for HTML. */
const FORMATS: Readonly<Record<string, (value: string) => string>> = {
  env: renderEnvValue,
  composeEnv: renderComposeEnvValue,
  unit: renderUnitValue,
  nginx: renderNginxValue,
  sh: renderShellWord,
  postgres: renderPostgresValue,
  postgresFolder: renderPostgresFolder,
  yaml: renderComposeValue,
  aws: renderAwsValue,
  ini: renderIniValue,
}

/** How secrets do: `{{secret "NAME"}}` as an environment file has it, `{{composeSecret "NAME"}}` as one of Docker Compose. */
const SECRET_FORMATS: Readonly<Record<string, (value: string) => string>> = {
  secret: renderEnvValue,
  composeSecret: renderComposeEnvValue,
  awsSecret: renderAwsValue,
}

/**
 * Fills in a template.
 * Throws when the template names a value or a secret that is not there: that is a fault of ours.
 */
export function renderTemplate(text: string, values: TemplateValues, secrets: Secrets): string {
  return compileTemplate(text)(values, secrets)
}

/** For a template that is filled in many times: nearly all of the time goes into reading it. */
export function compileTemplate(text: string): (values: TemplateValues, secrets: Secrets) => string {
  const engine = Handlebars.create()
  for (const [name, render] of Object.entries(FORMATS))
    engine.registerHelper(name, (value: unknown) => render(String(value)))
  const fill = engine.compile(text, { strict: true, noEscape: true })
  return (values, secrets) => fill(values, { helpers: secretHelpers(secrets) })
}

function secretHelpers(secrets: Secrets): Readonly<Record<string, (name: unknown) => string | boolean>> {
  const shown = Object.entries(SECRET_FORMATS).map(([helper, render]) => [
    helper,
    (name: unknown) => render(secretIn(secrets, String(name)).reveal()),
  ])
  return { ...Object.fromEntries(shown), hasSecret: (name) => secrets[String(name)] !== undefined }
}

function secretIn(secrets: Secrets, name: string): Secret {
  const secret = secrets[name]
  if (secret === undefined) throw new Error(`the template wants a secret that nobody made: ${name}`)
  return secret
}

/** The names of the secrets that a template wants. */
export function secretNamesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{\{\s*(?:secret|composeSecret)\s+"([A-Z0-9_]+)"\s*\}\}/g)].map((match) => match[1] ?? '')
}
