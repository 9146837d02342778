import { array, looseObject, nullable, number, optional, parse, record, string, union, type InferOutput } from 'valibot'
import { parse as parseYaml } from 'yaml'

const variables = record(string(), union([string(), number()]))
const mount = union([
  string(),
  looseObject({ type: string(), source: string(), target: string(), bind: looseObject({}) }),
])
const service = looseObject({
  image: string(),
  restart: string(),
  depends_on: optional(record(string(), looseObject({ condition: string() })), {}),
  environment: optional(variables, {}),
  ports: optional(array(string()), []),
  networks: optional(array(string()), []),
  volumes: optional(array(mount), []),
  cap_add: optional(array(string()), []),
  healthcheck: optional(looseObject({ test: array(string()) })),
})
const composeFile = looseObject({
  name: string(),
  services: record(string(), service),
  networks: record(string(), nullable(looseObject({}))),
  volumes: record(string(), nullable(looseObject({}))),
})

export type ComposeDocument = InferOutput<typeof composeFile>
export type ComposeService = ComposeDocument['services'][string]
export type Mount = ComposeService['volumes'][number]

/** What compose.yaml says, with what is said for several services put into each. */
export function readComposeDocument(text: string): ComposeDocument {
  return parse(composeFile, parseYaml(text, { merge: true }))
}

/** `./nginx` of `./nginx:/etc/nginx:ro,z` */
export function sourceOf(one: Mount): string {
  return typeof one === 'string' ? (one.split(':')[0] ?? '') : one.source
}

/** Whether it is a volume by its name, and no folder or file. */
export function isNamed(one: Mount): boolean {
  return typeof one === 'string' && !/^[./]/.test(one)
}
