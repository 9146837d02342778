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

/**
 * Fills in a template. Values enter through a format helper, `{{env host}}`, `{{unit path}}`, and a
 * secret through `{{secret "NAME"}}`, which writes it as an environment file does, `{{composeSecret "NAME"}}`, for one of
 * Docker Compose, or `{{awsSecret "NAME"}}`. Nothing is
 * escaped for HTML.
 * Throws when the template names a value or a secret that is not there: that is a fault of ours.
 */
export function renderTemplate(text: string, values: TemplateValues, secrets: Secrets): string {
  const engine = Handlebars.create()
  engine.registerHelper('env', (value: unknown) => renderEnvValue(String(value)))
  engine.registerHelper('composeEnv', (value: unknown) => renderComposeEnvValue(String(value)))
  engine.registerHelper('unit', (value: unknown) => renderUnitValue(String(value)))
  engine.registerHelper('nginx', (value: unknown) => renderNginxValue(String(value)))
  engine.registerHelper('sh', (value: unknown) => renderShellWord(String(value)))
  engine.registerHelper('postgres', (value: unknown) => renderPostgresValue(String(value)))
  engine.registerHelper('postgresFolder', (value: unknown) => renderPostgresFolder(String(value)))
  engine.registerHelper('yaml', (value: unknown) => renderComposeValue(String(value)))
  engine.registerHelper('aws', (value: unknown) => renderAwsValue(String(value)))
  engine.registerHelper('ini', (value: unknown) => renderIniValue(String(value)))
  engine.registerHelper('secret', (name: unknown) => renderEnvValue(secretIn(secrets, String(name)).reveal()))
  engine.registerHelper('composeSecret', (name: unknown) =>
    renderComposeEnvValue(secretIn(secrets, String(name)).reveal()),
  )
  engine.registerHelper('hasSecret', (name: unknown) => secrets[String(name)] !== undefined)
  engine.registerHelper('awsSecret', (name: unknown) => renderAwsValue(secretIn(secrets, String(name)).reveal()))
  return engine.compile(text, { strict: true, noEscape: true })(values)
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
