// In: real object stores, and things that are none. Out: each fault by its own code, with cause and cure, before anything changes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { proveBucket } from '../../src/actions/bucket/prove-bucket.ts'
import { ExternalError, UserError } from '../../src/errors.ts'
import { renderAwsPolicy } from '../../src/formats/aws-policy.ts'
import { inspectObjectStore } from '../../src/plan/inspect-object-store.ts'
import type { BucketLogin } from '../../src/ports/object-stores.ts'
import { makeObjectStores } from '../../src/ports/object-stores.ts'
import { Secret } from '../../src/secret.ts'
import { issue } from '../testbed/certificates.ts'
import { freePort } from '../testbed/mlflow-server.ts'
import { need } from '../testbed/need.ts'
import { findNginxProgram } from '../testbed/nginx-server.ts'
import { realPorts } from '../testbed/services.ts'
import {
  addUser,
  startStorage,
  STORAGE_KEYS,
  storageProgram,
  type StorageKeys,
  type StorageName,
  type StorageServer,
} from '../testbed/storage-server.ts'

const signal = new AbortController().signal
const stores = makeObjectStores()
const NAMES = ['minio', 'versitygw', 'weed'] as const
const running = new Map<StorageName, StorageServer>()

beforeAll(async () => {
  for (const name of NAMES) if (storageProgram(name) !== undefined) running.set(name, await startStorage(name))
})

afterAll(async () => {
  for (const server of running.values()) await server.stop()
})

afterEach(() => vi.useRealTimers())

function keysOf({ id, secret }: StorageKeys) {
  return { id: new Secret(id), secret: new Secret(secret), session: undefined }
}

function loginFor(endpoint: string, changes: Partial<BucketLogin> = {}): BucketLogin {
  const login = { bucket: 'artifacts', region: 'us-east-1', addressing: 'path', checksums: 'when_required' } as const
  return { ...login, endpoint, caFile: undefined, keys: keysOf(STORAGE_KEYS), ...changes }
}

async function look(login: BucketLogin) {
  const store = await stores.open(login)
  return store.look('', signal).finally(() => store.close())
}

/** The error as one text, as a user would see it. */
async function fault(work: Promise<unknown>): Promise<{ readonly code: string; readonly text: string }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UserError || error instanceof ExternalError)) throw new Error(`no fault: ${String(error)}`)
  const text = [error.message, error.because, error.hint?.text, error.hint?.command].join(' ')
  expect(text).not.toContain(STORAGE_KEYS.secret)
  expect(text).not.toContain(STORAGE_KEYS.id)
  return { code: error.code, text }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

async function answeringWith<T>(answer: RequestListener, use: (host: string) => Promise<T>): Promise<T> {
  const server = createServer(answer)
  const host = await listen(server)
  return use(host).finally(() => server.close())
}

describe('an endpoint', () => {
  it('where nothing listens', async () => {
    expect(await fault(look(loginFor(`http://127.0.0.1:${await freePort()}`)))).toMatchObject({ code: 's3.refused' })
  })

  it('whose name nobody knows', async () => {
    const { code, text } = await fault(look(loginFor('http://store.invalid:9000')))
    expect([code, text]).toEqual(['s3.unknown-host', expect.stringContaining('store.invalid')])
  })

  it('in a region of AWS that does not exist', async () => {
    const { code, text } = await fault(look(loginFor('', { endpoint: undefined, region: 'eu-nowhere-9' })))
    expect([code, text]).toEqual(['s3.unknown-host', expect.stringContaining('eu-nowhere-9')])
  })

  it('that never answers', async () => {
    const silent = createTcpServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    expect(await fault(look(loginFor(`http://127.0.0.1:${port}`)))).toMatchObject({ code: 's3.timeout' })
    silent.close()
  })

  it.each([
    ['a page', 200, 'text/html', '<!doctype html><meta charset="utf-8"><p>Hello<br>there'],
    ['a page that is XML too', 200, 'application/xhtml+xml', '<html><body><p>Hello</p></body></html>'],
    ['a page that says not found', 404, 'text/html', '<html><meta>Not here</html>'],
    ['JSON', 200, 'application/json', '{"status":"ok"}'],
  ])('that answers with %s', async (_, status, type, body) => {
    await answeringWith(
      (_request, response) => response.writeHead(status, { 'content-type': type }).end(body),
      async (host) => expect(await fault(look(loginFor(`http://${host}`)))).toMatchObject({ code: 's3.not-s3' }),
    )
  })

  it('behind a proxy that has no store', async () => {
    await answeringWith(
      (_request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway<hr>'),
      async (host) => expect(await fault(look(loginFor(`http://${host}`)))).toMatchObject({ code: 's3.unavailable' }),
    )
  })

  it('that is the web console of MinIO', async (context) => {
    const { consoleUrl, endpoint } = need(context, running.get('minio'), 'minio')
    await vi.waitFor(async () => expect((await fetch(consoleUrl)).status).toBe(200), 20_000)
    const { code, text } = await fault(look(loginFor(consoleUrl)))
    expect([code, text]).toEqual(['s3.console', expect.stringContaining(`The API is at ${endpoint}.`)])
  })

  it('that is the filer of SeaweedFS', async (context) => {
    const { consoleUrl } = need(context, running.get('weed'), 'weed')
    expect((await fault(look(loginFor(consoleUrl)))).code).toBe('s3.not-s3')
  })

  it.for(NAMES)('of %s that speaks no TLS', async (name, context) => {
    const server = need(context, running.get(name), name)
    const { code, text } = await fault(look(loginFor(server.endpoint.replace('http:', 'https:'))))
    expect([code, text]).toEqual(['s3.not-tls', expect.stringContaining(`Write ${server.endpoint}.`)])
  })

  it.for([
    ['for another name', { hosts: ['store.example'] }, 's3.tls-name', 'It is for store.example.'],
    ['for names only', { hosts: ['localhost'] }, 's3.tls-name', 'is for another name than 127.0.0.1'],
    ['that has expired', { hosts: ['127.0.0.1'], from: -9, until: -2 }, 's3.tls-expired', 'Renew the certificate'],
  ] as const)('with a certificate %s', async ([name, wish, code, words]) => {
    const folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-tls-'))
    const issued = await issue(folder, { name: 'store', ...wish, authority: true })
    const server = createTlsServer({ key: await readFile(issued.key), cert: await readFile(issued.certificate) })
    const host = (await listen(server)).replace('127.0.0.1', name === 'for another name' ? 'localhost' : '127.0.0.1')
    const seen = await fault(look(loginFor(`https://${host}`, { caFile: issued.certificate })))
    server.close()
    await rm(folder, { recursive: true })
    expect([seen.code, seen.text]).toEqual([code, expect.stringContaining(words)])
  })
})

describe('a proxy before the store', () => {
  /** A real nginx that passes on to the store, with a setting that people have. */
  async function behindNginx<T>(
    server: StorageServer,
    setting: string,
    use: (endpoint: string) => Promise<T>,
  ): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-nginx-'))
    const port = await freePort()
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`)
    const site = `server { listen 127.0.0.1:${port}; location / { proxy_pass ${server.endpoint}; ${setting} } }`
    const http = `access_log off; ${temporary.join(' ')} ${site}`
    const config = join(folder, 'nginx.conf')
    await writeFile(
      config,
      `daemon off; master_process off; error_log ${folder}/log; pid ${folder}/pid; events {} http { ${http} }`,
    )
    const nginx = spawn(findNginxProgram() ?? '', ['-e', join(folder, 'log'), '-c', config], { stdio: 'ignore' })
    const endpoint = `http://127.0.0.1:${port}`
    try {
      await vi.waitFor(async () => expect((await fetch(endpoint)).status).toBeLessThan(500), 20_000)
      return await use(endpoint)
    } finally {
      const gone = once(nginx, 'exit')
      nginx.kill('SIGTERM')
      await gone
      await rm(folder, { recursive: true })
    }
  }

  it('that limits the size of a request', async (context) => {
    need(context, findNginxProgram(), 'nginx')
    const server = need(context, running.get('minio'), 'minio')
    const { code, text } = await behindNginx(server, 'proxy_set_header Host $http_host;', async (endpoint) => {
      const store = await stores.open(loginFor(endpoint, { bucket: 'limited' }))
      await store.create(signal)
      const seen = await fault(proveBucket(store, '', realPorts(), () => undefined, signal))
      expect(await store.list('', signal), 'nothing is left').toEqual([])
      store.close()
      return seen
    })
    expect([code, text]).toEqual(['s3.too-large', expect.stringContaining('client_max_body_size 0;')])
  })

  it('that takes no list of keys to delete, as older stores', async (context) => {
    need(context, findNginxProgram(), 'nginx')
    const server = need(context, running.get('minio'), 'minio')
    const refusal = '<Error><Code>MissingContentMD5</Code><Message>Missing header</Message></Error>'
    const setting = `client_max_body_size 0; proxy_set_header Host $http_host; default_type application/xml;
      if ($args ~ "(^|&)delete") { return 400 "${refusal}"; }`
    const heard: string[] = []
    await behindNginx(server, setting, async (endpoint) => {
      const store = await stores.open(loginFor(endpoint, { bucket: 'older' }))
      await store.create(signal)
      await proveBucket(store, '', realPorts(), (text) => heard.push(text), signal)
      expect(await store.list('', signal), 'nothing is left').toEqual([])
      store.close()
    })
    expect(heard).toContain('it deletes only one by one: mlflow gc will fail')
  })

  it('that changes the host that was signed', async (context) => {
    need(context, findNginxProgram(), 'nginx')
    const server = need(context, running.get('minio'), 'minio')
    const { code, text } = await behindNginx(server, 'proxy_set_header Host store.example;', (endpoint) =>
      fault(look(loginFor(endpoint))),
    )
    expect([code, text]).toEqual([
      's3.wrong-secret',
      expect.stringContaining('a proxy before the store changes the Host'),
    ])
  })
})

/** What no store on this machine says: the answers as AWS and others document them. */
describe('an answer of AWS', () => {
  it.for([
    [
      'PermanentRedirect',
      301,
      '<Endpoint>artifacts.s3.eu-north-1.amazonaws.com</Endpoint>',
      's3.wrong-region',
      'eu-north-1',
    ],
    ['AuthorizationHeaderMalformed', 400, '<Region>eu-west-3</Region>', 's3.wrong-region', '--s3-region eu-west-3'],
    ['ExpiredToken', 400, '', 's3.session-token', 'It has expired'],
    ['OperationAborted', 409, '', 's3.bucket-busy', 'Wait'],
    ['TooManyBuckets', 400, '', 's3.full', 'quota'],
    ['XAmzContentSHA256Mismatch', 400, '', 's3.checksums', 'XAmzContentSHA256Mismatch'],
    ['SecondLevelDomainForbidden', 403, '', 's3.wants-virtual', '--s3-addressing virtual'],
    ['InvalidBucketName', 400, '', 's3.bucket-name', 'Take another name'],
    ['SlowDown', 503, '', 's3.unavailable', 'Try again'],
    ['SomethingNew', 418, '', 's3.failed', 'It says: SomethingNew: What AWS says.'],
  ] as const)('%s', async ([name, status, field, code, words]) => {
    const headers = {
      'content-type': 'application/xml',
      ...(status === 301 ? { 'x-amz-bucket-region': 'eu-north-1' } : {}),
    }
    const body = `<?xml version="1.0"?><Error><Code>${name}</Code><Message>What AWS says.</Message>${field}</Error>`
    await answeringWith(
      (_request, response) => response.writeHead(status, headers).end(body),
      async (host) => {
        const seen = await fault(look(loginFor(`http://${host}`)))
        expect([seen.code, seen.text]).toEqual([code, expect.stringContaining(words)])
      },
    )
  })
})

describe.each(NAMES)('%s with TLS', (name) => {
  let server: StorageServer | undefined

  beforeAll(async () => {
    if (storageProgram(name) !== undefined) server = await startStorage(name, { tls: true })
  })

  afterAll(() => server?.stop())

  it('is trusted by its file, and by nothing else', async (context) => {
    const { endpoint, caFile } = need(context, server, name)
    expect(await look(loginFor(endpoint, { caFile }))).toBe('missing')
    expect(await fault(look(loginFor(endpoint)))).toMatchObject({ code: 's3.tls-untrusted' })
    const missing = { caFile: '/nowhere/ca.pem' }
    expect(await fault(look(loginFor(endpoint, missing)))).toMatchObject({ code: 's3.ca-file' })
    expect(await fault(look(loginFor(endpoint, { caFile: '/etc/passwd' })))).toMatchObject({ code: 's3.ca-file' })
  })

  it('takes files of several parts, too', async (context) => {
    const { endpoint, caFile } = need(context, server, name)
    const store = await stores.open(loginFor(endpoint, { caFile, bucket: 'parts' }))
    try {
      await store.create(signal)
      await proveBucket(store, '', realPorts(), () => undefined, signal)
      expect(await store.list('', signal)).toEqual([])
    } finally {
      store.close()
    }
  })

  it('says so to plain HTTP', async (context) => {
    const { endpoint } = need(context, server, name)
    const { code, text } = await fault(look(loginFor(endpoint.replace('https:', 'http:'))))
    // versitygw ends the connection without a word.
    expect([code, text]).toEqual([
      name === 'versitygw' ? 's3.connection' : 's3.wants-tls',
      expect.stringContaining(endpoint),
    ])
  })
})

describe.each(NAMES)('%s and a clock', (name) => {
  it.for([
    ['20 minutes ahead', 20],
    ['3 hours behind', -180],
  ] as const)('%s', async ([words, minutes], context) => {
    const server = need(context, running.get(name), name)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
    const { code, text } = await fault(look(loginFor(server.endpoint)))
    expect([code, text]).toEqual(['s3.clock-wrong', expect.stringContaining(words)])
  })
})

describe.each(['minio', 'versitygw'] as const)('%s in a region', (name) => {
  it('names the right one', async (context) => {
    need(context, storageProgram(name), name)
    const server = await startStorage(name, { region: 'eu-north-1' })
    const { code, text } = await fault(look(loginFor(server.endpoint)))
    expect([code, text]).toEqual(['s3.wrong-region', expect.stringContaining('Name it: --s3-region eu-north-1')])
    const store = await stores.open(loginFor(server.endpoint, { region: 'eu-north-1' }))
    await store.create(signal)
    expect(await store.look('', signal)).toBe('there')
    store.close()
    await server.stop()
  })
})

describe('keys with few rights', () => {
  const OWNER: StorageKeys = { id: 'owner', secret: 'owner-secret-1' }
  const GUEST: StorageKeys = { id: 'guest', secret: 'guest-secret-1' }
  const ALL = ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload']
  let server: StorageServer | undefined

  beforeAll(async () => {
    if (storageProgram('versitygw') === undefined) return
    server = await startStorage('versitygw')
    await addUser(server, OWNER, 'userplus')
    await addUser(server, GUEST, 'user')
    const store = await stores.open(loginFor(server.endpoint, { keys: keysOf(OWNER) }))
    await store.create(signal)
    store.close()
  })

  afterAll(() => server?.stop())

  async function allow(statements: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    // Once there is a policy, the owner is under it too.
    const credentials = { accessKeyId: STORAGE_KEYS.id, secretAccessKey: STORAGE_KEYS.secret }
    const endpoint = server?.endpoint ?? ''
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
    const Statement = statements.map((statement) => ({ ...statement, Principal: GUEST.id }))
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new PutBucketPolicyCommand({ Bucket: 'artifacts', Policy }))
    client.destroy()
  }

  async function prove(): Promise<void> {
    const store = await stores.open(loginFor(server?.endpoint ?? '', { keys: keysOf(GUEST) }))
    try {
      await proveBucket(store, 'team/', realPorts(), () => undefined, signal)
    } finally {
      store.close()
    }
  }

  it('do not see the bucket of somebody else', async (context) => {
    const { endpoint } = need(context, server, 'versitygw')
    const { code, text } = await fault(look(loginFor(endpoint, { keys: keysOf(GUEST) })))
    expect([code, text]).toEqual(['s3.forbidden', expect.stringContaining('somebody else')])
  })

  it('cannot take its name', async (context) => {
    const { endpoint } = need(context, server, 'versitygw')
    await addUser(need(context, server, 'versitygw'), { id: 'third', secret: 'third-secret-1' }, 'userplus')
    const keys = keysOf({ id: 'third', secret: 'third-secret-1' })
    const store = await stores.open(loginFor(endpoint, { keys }))
    expect(await fault(store.create(signal))).toMatchObject({ code: 's3.bucket-taken' })
    store.close()
  })

  it('cannot make one', async (context) => {
    const { endpoint } = need(context, server, 'versitygw')
    const store = await stores.open(loginFor(endpoint, { bucket: 'another', keys: keysOf(GUEST) }))
    const { code, text } = await fault(store.create(signal))
    expect([code, text]).toEqual(['s3.forbidden', expect.stringContaining('s3:CreateBucket')])
    store.close()
  })

  it.for([
    ['s3:PutObject', 'write to'],
    ['s3:GetObject', 'read from'],
    ['s3:ListBucket', 'list'],
    ['s3:DeleteObject', 'delete from'],
  ] as const)('lack %s', async ([right, words], context) => {
    need(context, server, 'versitygw')
    const Resource = ['arn:aws:s3:::artifacts', 'arn:aws:s3:::artifacts/*']
    await allow([{ Effect: 'Allow', Action: ALL.filter((action) => action !== right), Resource }])
    const { code, text } = await fault(prove())
    expect([code, text]).toEqual(['s3.forbidden', expect.stringContaining(`may not ${words} the bucket artifacts`)])
    expect(text).toContain(right)
  })

  it('are enough with the policy that we print, and only below the prefix', async (context) => {
    const { endpoint } = need(context, server, 'versitygw')
    const policy = JSON.parse(renderAwsPolicy({ bucket: 'artifacts', prefix: 'team', purpose: 'use' }))
    await allow(policy.Statement)
    await expect(prove()).resolves.toBeUndefined()
    const store = await stores.open(loginFor(endpoint, { keys: keysOf(GUEST) }))
    expect(await fault(store.put('elsewhere/a', Buffer.from('a'), signal))).toMatchObject({ code: 's3.forbidden' })
    store.close()
  })
})

describe('the keys that a machine is given', () => {
  /** The metadata address of EC2, which hands out these keys. */
  const metadata =
    (keys: StorageKeys): RequestListener =>
    (request, response) => {
      const path = request.url ?? ''
      if (path.endsWith('/api/token')) return void response.end('token')
      if (path.endsWith('/security-credentials/')) return void response.end('mlflow-role')
      const Expiration = new Date(Date.now() + 3_600_000).toISOString()
      response.end(JSON.stringify({ AccessKeyId: keys.id, SecretAccessKey: keys.secret, Token: '', Expiration }))
    }

  afterEach(() => vi.unstubAllEnvs())

  it('open the bucket, also where the user has other ones', async (context) => {
    const { endpoint } = need(context, running.get('minio'), 'minio')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'the-users-own')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the-users-own')
    await answeringWith(metadata(STORAGE_KEYS), async (host) => {
      vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://${host}`)
      expect(await look(loginFor(endpoint, { keys: undefined }))).toBe('missing')
    })
  })

  it('are missing where there is no role', async (context) => {
    const { endpoint } = need(context, running.get('minio'), 'minio')
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://127.0.0.1:${await freePort()}`)
    expect(await fault(look(loginFor(endpoint, { keys: undefined })))).toMatchObject({ code: 's3.no-role' })
  })
})

describe('how a store wants to be spoken to', () => {
  const asked = { kind: 's3', bucket: 'artifacts', prefix: '', region: 'us-east-1', publicEndpoint: undefined } as const
  const secrets = {
    AWS_ACCESS_KEY_ID: new Secret(STORAGE_KEYS.id),
    AWS_SECRET_ACCESS_KEY: new Secret(STORAGE_KEYS.secret),
  }

  it('is known of AWS without asking', async () => {
    const store = { ...asked, endpoint: undefined, caFile: undefined, credentials: 'keys' } as const
    const manners = await inspectObjectStore(store, {}, stores, signal)
    expect(manners).toEqual({ addressing: 'virtual', checksums: 'when_supported' })
  })

  it.for(NAMES)('is found out of %s, or what is wrong with it is', async (name, context) => {
    const server = need(context, running.get(name), name)
    const store = { ...asked, endpoint: server.endpoint, caFile: undefined, credentials: 'keys' } as const
    const manners = await inspectObjectStore(store, secrets, stores, signal)
    expect(manners).toEqual({ addressing: 'path', checksums: 'when_required' })
    const wrong = { ...secrets, AWS_SECRET_ACCESS_KEY: new Secret('another') }
    expect(await fault(inspectObjectStore(store, wrong, stores, signal))).toMatchObject({ code: 's3.wrong-secret' })
    expect(await fault(inspectObjectStore(store, {}, stores, signal))).toMatchObject({ code: 's3.no-keys' })
  })
})
