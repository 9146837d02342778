import { describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../../src/formats/env-file.ts'
import { whyNotImage } from '../../../src/formats/image-name.ts'
import { readSecrets, secretNames } from '../../../src/stack/secrets.ts'
import type { Stack } from '../../../src/stack/spec.ts'
import { composeServices } from '../../../src/targets/compose/services.ts'
import { isNamed, readComposeDocument, sourceOf } from '../../fakes/compose-document.ts'
import type { ComposeDocument, ComposeService, Mount } from '../../fakes/compose-document.ts'
import { fakeSecrets, makeComposeRenderer, SECRET_MARK } from '../../fakes/compose-files.ts'
import { allComposeStacks } from '../../fakes/compose-stacks.ts'

interface Rendered {
  readonly stack: Stack
  readonly files: Readonly<Record<string, string>>
  readonly compose: ComposeDocument
}

/** The programs by which services are asked how they are, as their images have them. */
const ASKED_BY: Readonly<Record<string, readonly string[]>> = {
  nginx: ['curl'],
  mlflow: ['python'],
  artifacts: ['python'],
  notebook: ['python'],
  model: ['python'],
  postgres: ['pg_isready'],
  'object-store': ['grep', 'curl'],
}
const HOLD_SECRETS = ['.env', 'notebook.env']

const isJob = (service: ComposeService): boolean => service.restart === 'no'
const usedBy = <T>({ services }: ComposeDocument, pick: (service: ComposeService) => readonly T[]): readonly T[] => [
  ...new Set(Object.values(services).flatMap(pick)),
]
const volumeOf = (mount: Mount): readonly string[] => (isNamed(mount) ? [sourceOf(mount)] : [])
const eachService = (
  { compose }: Rendered,
  look: (service: ComposeService, name: string) => readonly (string | false | undefined)[],
): readonly string[] =>
  Object.entries(compose.services).flatMap(([name, service]) =>
    look(service, name)
      .filter((fault) => typeof fault === 'string')
      .map((fault) => `${name} ${fault}`),
  )
const differing = (what: string, used: readonly string[], declared: readonly string[]): readonly string[] => [
  ...used.filter((name) => !declared.includes(name)).map((name) => `${what} ${name} is not declared`),
  ...declared.filter((name) => !used.includes(name)).map((name) => `${what} ${name} is not used`),
]

/** Each rule with what it finds wrong in the files of a stack. */
const RULES: Readonly<Record<string, (rendered: Rendered) => readonly string[]>> = {
  'secrets stand in the files of the environment and nowhere else': ({ files }) =>
    Object.entries(files)
      .filter(([name, text]) => !HOLD_SECRETS.includes(name) && text.includes(SECRET_MARK))
      .map(([name]) => `${name} has a secret`),

  'its services are those that the program watches': ({ stack, compose }) =>
    differing(
      'service',
      composeServices(stack).map(({ name }) => name),
      Object.keys(compose.services),
    ),

  'its jobs are those that the program waits for': ({ stack, compose }) =>
    composeServices(stack)
      .filter(({ name, job }) => {
        const service = compose.services[name]
        return service !== undefined && isJob(service) !== job
      })
      .map(({ name }) => `${name} is a job for one of them only`),

  'each image is one that stays the same': (rendered) =>
    eachService(rendered, ({ image }) => [whyNotImage(image), image === 'build' && 'is no image']),

  'what is built here is never asked of a registry, where anybody may have its name': (rendered) =>
    eachService(rendered, (service) => [
      service.image.startsWith('mlflow-setup/') && service['pull_policy'] !== 'never' && 'may be pulled',
    ]),

  'networks and volumes are declared where they are used, and used where they are declared': ({ compose }) => [
    ...differing(
      'network',
      usedBy(compose, ({ networks }) => networks),
      Object.keys(compose.networks),
    ),
    ...differing(
      'volume',
      usedBy(compose, ({ volumes }) => volumes.flatMap(volumeOf)),
      Object.keys(compose.volumes),
    ),
  ],

  'who waits for another one waits for its health or its end': (rendered) =>
    eachService(rendered, ({ depends_on: before }) =>
      Object.entries(before).map(([name, { condition }]) => {
        const other = rendered.compose.services[name]
        if (other === undefined) return `waits for ${name}, which is not there`
        // A guest that fails does not keep nginx from leading to the server.
        const guest = name === 'notebook' && 'service_started'
        const right = isJob(other) ? 'service_completed_successfully' : guest || 'service_healthy'
        return condition !== right && `waits for ${name} by ${condition}`
      }),
    ),

  'only nginx publishes ports; without it MLflow does, on this machine alone': (rendered) =>
    eachService(rendered, ({ ports }, name) => {
      const first = rendered.compose.services['nginx'] === undefined ? 'mlflow' : 'nginx'
      if (name !== first) return [ports.length > 0 && 'publishes ports']
      return [
        ports.length === 0 && 'publishes nothing',
        name === 'mlflow' && !ports.every((port) => port.startsWith('127.0.0.1:')) && 'is open to others',
      ]
    }),

  'containers have no more rights than they need': (rendered) =>
    eachService(rendered, (service, name) => [
      service['read_only'] !== true && 'can write to its image',
      service['init'] !== true && 'has no init',
      service['privileged'] !== undefined && 'is privileged',
      service['network_mode'] !== undefined && 'is outside of the networks',
      String(service['cap_drop']) !== 'ALL' && 'keeps capabilities',
      String(service['security_opt']) !== 'no-new-privileges:true' && 'may get new privileges',
      service.cap_add.length > 0 && name !== 'object-store' && 'gets capabilities back',
      !/^\d+[mg]$/.test(String(service['mem_limit'])) && 'may take all memory',
    ]),

  'what lasts comes back, is asked how it is, and has logs that end': (rendered) =>
    eachService(rendered, (service, name) => {
      const { restart, healthcheck } = service
      if (isJob(service)) return [healthcheck !== undefined && 'is a job and has a health check']
      const asked = ASKED_BY[name]?.some((program) => healthcheck?.test.join(' ').includes(program)) === true
      return [
        restart !== 'unless-stopped' && 'does not come back',
        !asked && 'is asked by a program that its image lacks, or not at all',
        healthcheck?.['start_interval'] === undefined && 'is looked at every half minute while it starts',
        !JSON.stringify(service['logging']).includes('max-size') && 'has a log without an end',
      ]
    }),

  'stores are out of reach for all but those that use them': ({ compose }) =>
    ['postgres', 'object-store'].flatMap((name) => {
      const service = compose.services[name]
      if (service === undefined) return []
      const open = service.networks.filter((network) => compose.networks[network]?.['internal'] !== true)
      const seenByModels = compose.services['model']?.networks.some((network) => service.networks.includes(network))
      return [
        ...open.map((network) => `${name} is on ${network}, which is open`),
        ...(seenByModels === true ? [`${name} is in reach of models`] : []),
      ]
    }),

  'files of this machine are only read, but for the folder of files': (rendered) =>
    eachService(rendered, ({ volumes }) =>
      volumes
        .filter((one) => !isNamed(one))
        .map((one) =>
          typeof one === 'string'
            ? !one.endsWith(':ro,z') && `may write to ${one}`
            : (one.target !== '/data/artifacts' || one.bind['create_host_path'] !== false) && `mounts ${one.source}`,
        ),
    ),

  'the folder of files is where one server keeps them': ({ stack, compose }) => {
    const { artifactStore, scenario } = stack.spec
    const wanted = artifactStore.kind === 'local' && artifactStore.path !== 'data/artifacts'
    const holders = Object.entries(compose.services).filter(([, { volumes }]) =>
      volumes.some((one) => typeof one !== 'string'),
    )
    const right = wanted ? [scenario === 6 ? 'artifacts' : 'mlflow'] : []
    return differing(
      'folder in',
      holders.map(([name]) => name),
      right,
    )
  },

  'what Compose puts in for names stands in .env, by names that no shell has': ({ files, compose }) => {
    const names = [...JSON.stringify(compose).matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name]) => name ?? '')
    const there = parseEnvFile(files['.env'] ?? '')
    return names.flatMap((name) => [
      ...(name in there ? [] : [`${name} is not in .env`]),
      ...(/^(AWS|MLFLOW|PG)/.test(name) ? [`${name} may be in a shell`] : []),
    ])
  },

  'the password of the first user reaches nobody who does not ask for it': (rendered) =>
    eachService(rendered, (service, name) => [
      rendered.stack.spec.auth.kind !== 'none' &&
        (name === 'mlflow' || name === 'artifacts') &&
        service.environment['MLFLOW_SETUP_ADMIN_PASSWORD'] !== '' &&
        'has it',
    ]),

  'nginx leads to services that are there': ({ files, compose }) =>
    [...(files['nginx/nginx.conf'] ?? '').matchAll(/server ([a-z-]+):\d+/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => compose.services[name] === undefined)
      .map((name) => `there is no ${name}`),

  'the next run finds every secret in .env, and makes none anew': ({ stack, files }) => {
    const [found, made] = [readSecrets(files['.env']), fakeSecrets(stack)]
    return secretNames(stack.spec).filter((name) => found[name]?.reveal() !== made[name]?.reveal())
  },

  'no variable stands twice': ({ files }) => {
    const names = (files['.env'] ?? '').split('\n').flatMap((line) => /^\w+(?==)/.exec(line)?.[0] ?? [])
    return names.filter((name, at) => names.indexOf(name) !== at)
  },

  'everything can be read': ({ files }) =>
    Object.entries(files)
      // Python has a style of its own.
      .filter(([name]) => !/\.(json|py)$/.test(name))
      .flatMap(([name, text]) => faultsOfText(text).map((fault) => `${name} ${fault}`)),
}

/** The longest line that people wrote; what a value makes longer is not ours. */
const LONGEST_COMMENT = 130

function faultsOfText(text: string): readonly string[] {
  const long = text.split('\n').find((line) => /^\s*#/.test(line) && line.length > LONGEST_COMMENT)
  return [
    ...(/\n\n\n/.test(text) ? ['has two blank lines'] : []),
    ...(/[ \t]+\n/.test(text) ? ['has blanks at the end of a line'] : []),
    ...(/^\n|\n\n$/.test(text) ? ['begins or ends with a blank line'] : []),
    ...(text.endsWith('\n') ? [] : ['has no line break at its end']),
    ...(/\{\{|\}\}|undefined|\[object/.test(text) ? ['has leftovers of its template'] : []),
    ...(long === undefined ? [] : [`has a long comment: ${long}`]),
  ]
}

describe('in the files of every stack of containers', () => {
  const render = makeComposeRenderer()
  const all = allComposeStacks().map((stack): Rendered => {
    const files = render(stack)
    return { stack, files, compose: readComposeDocument(files['compose.yaml'] ?? '') }
  })

  it('there are several hundred', () => {
    expect(all.length).toBeGreaterThan(300)
    expect(new Set(all.map(({ stack }) => stack.spec.scenario))).toEqual(new Set([3, 4, 5, 6]))
  })

  it.each(Object.entries(RULES))('%s', (_rule, look) => {
    const faults = all.flatMap((rendered) => look(rendered).map((fault) => ({ fault, rendered })))
    expect([...new Set(faults.map(({ fault }) => fault))]).toEqual([])
  })
})
