// In: a stack whose MLflow asks for the password itself. Out: Users, by MLflow's own API on this machine.
import { array, boolean, object, safeParse, string } from 'valibot'
import { ExternalError, UserError } from '../../errors.ts'
import { parseEnvFile } from '../../formats/env-file.ts'
import { bareHost } from '../../formats/host-name.ts'
import { renderUserRequest } from '../../formats/mlflow-user.ts'
import { secretFault } from '../../formats/secret-text.ts'
import type { HttpRequest, HttpResponse } from '../../ports/http.ts'
import { Secret } from '../../secret.ts'
import { buildAddresses } from '../../stack/addresses.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildLayout } from '../../targets/native/layout.ts'
import { clientCaFile } from '../../targets/native/proxy-certificate.ts'
import { buildPublicAddress } from '../../targets/native/public-address.ts'
import type { CommandContext } from '../command-context.ts'
import { rememberAdminPassword } from './remember-admin-password.ts'
import type { Users } from './users.ts'

const TIME_LIMIT_MS = 30_000
/** MLflow's own limit, in characters. */
const SHORTEST = 12

const listing = object({ users: array(object({ username: string(), is_admin: boolean() })) })
const refusal = object({ message: string() })

interface Call {
  readonly method: HttpRequest['method']
  readonly path: 'list' | 'create' | 'update-password' | 'delete'
  readonly body?: string
}

/** Every call logs in as the first user, with the password in `.env`. */
export function makeBasicAuthUsers(stack: Stack, adminUser: string, context: CommandContext): Users {
  const call = (wanted: Call) => callAsAdmin(wanted, adminUser, stack, context)
  return {
    async list() {
      const answer = safeParse(listing, (await call({ method: 'GET', path: 'list' })).json())
      if (!answer.success) throw new ExternalError('user.answer', 'MLflow lists its users in a form that is not known.')
      return answer.output.users.map(({ username, is_admin: admin }) => ({
        name: username,
        hash: 'scrypt',
        first: username === adminUser,
        admin,
        foreign: false,
      }))
    },
    async add(name, password) {
      await call({ method: 'POST', path: 'create', body: renderUserRequest({ username: name, password }) })
    },
    async setPassword(name, password) {
      const own = name === adminUser ? await adminPassword(stack, context) : undefined
      // MLflow refuses the one that it has, but `.env` may have another.
      if (own?.equals(password) !== true) {
        const current = own === undefined ? {} : { currentPassword: own }
        const body = renderUserRequest({ username: name, password, ...current })
        await call({ method: 'PATCH', path: 'update-password', body })
      }
      if (name === adminUser) await rememberAdminPassword(stack, password, context)
    },
    async remove(name) {
      await call({ method: 'DELETE', path: 'delete', body: renderUserRequest({ username: name }) })
    },
    explainWrongPassword(password) {
      const fault = secretFault(password, { least: SHORTEST })
      return fault === undefined ? undefined : `It ${fault}.`
    },
    note: "MLflow's workers may let the former password in for up to a minute.",
  }
}

async function callAsAdmin(
  { method, path, body }: Call,
  adminUser: string,
  stack: Stack,
  context: CommandContext,
): Promise<HttpResponse> {
  const { base, ...way } = await wayTo(stack, context)
  const url = `${base}/api/2.0/mlflow/users/${path}`
  const password = await adminPassword(stack, context)
  const login = password === undefined ? {} : { login: { user: adminUser, password } }
  const content = body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }
  const { signal } = context
  const request = { method, url, ...login, ...content, ...way, timeoutMs: TIME_LIMIT_MS, signal }
  const answer = await context.http.request(request).catch((error: unknown) => {
    if (!(error instanceof ExternalError)) throw error
    // The address of a container that was just stopped leads nowhere for a while.
    const away = error.code === 'http.refused' || (way.connectTo !== undefined && error.code === 'http.timeout')
    throw away ? notRunning(error) : error
  })
  if (answer.status === 200) return answer
  throw answer.status >= 502 ? notRunning(undefined) : refused(answer, adminUser)
}

type Way = Pick<HttpRequest, 'connectTo' | 'ca'> & { readonly base: string }

/**
 * Past any proxy: what comes in there may be limited to other machines. In containers nginx is the only way in, and lets
 * this machine in: at its local port, by the name that it answers to.
 */
async function wayTo(stack: Stack, { files }: CommandContext): Promise<Way> {
  const { spec } = stack
  const nginx = spec.proxy.kind === 'container' ? buildPublicAddress(spec) : undefined
  if (nginx === undefined) return { base: buildAddresses(spec)?.localUrl ?? '' }
  const caFile = clientCaFile(stack)
  const ca = caFile === undefined ? undefined : await files.readText(caFile)
  return {
    base: `${nginx.url.origin}${nginx.staticPrefix}`,
    connectTo: { host: bareHost(new URL(nginx.localOrigin).hostname), port: nginx.port },
    ...(ca === undefined ? {} : { ca }),
  }
}

function notRunning(cause: ExternalError | undefined): ExternalError {
  return new ExternalError('user.no-server', 'MLflow does not run, and only MLflow itself can change its users.', {
    hint: { text: 'Start it.', command: 'mlflow-setup start' },
    ...(cause === undefined ? {} : { cause }),
  })
}

function refused(answer: HttpResponse, adminUser: string): UserError | ExternalError {
  if (answer.status === 401) {
    return new UserError('user.admin-password', `MLflow does not take the password of ${adminUser} that is in .env.`, {
      because: 'It was changed by other means than mlflow-setup.',
      hint: {
        text: 'Give the one that counts in MLFLOW_SETUP_ADMIN_PASSWORD, and set it once more, which corrects .env.',
        command: `mlflow-setup user passwd ${adminUser}`,
      },
    })
  }
  const told = safeParse(refusal, answer.json())
  const because = told.success ? told.output.message : `It answered ${answer.status}.`
  return new ExternalError('user.refused', 'MLflow refused the change.', { because })
}

/** The variable is for the day on which the two differ. */
async function adminPassword(stack: Stack, { env, files }: CommandContext): Promise<Secret | undefined> {
  const text = (await files.readText(buildLayout(stack.directory).env)) ?? ''
  const password = env['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? parseEnvFile(text)['MLFLOW_SETUP_ADMIN_PASSWORD']
  return password === undefined ? undefined : new Secret(password)
}
