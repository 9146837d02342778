// In: a stack and the user's AWS files. Out: a profile for its bucket written there, or taken away again.
import { planAwsEdit } from '../actions/aws/plan-aws-edit.ts'
import { inspectAction } from '../actions/action-table.ts'
import type { ActionPorts } from '../actions/action-kind.ts'
import { UserError, type Problem } from '../errors.ts'
import { checkProfileName } from '../formats/aws-profile.ts'
import { buildPlan } from '../plan/build-plan.ts'
import type { Owner } from '../ports/files.ts'
import type { ProfileChangeFacts } from '../report/client-view.ts'
import type { Secrets } from '../secret.ts'
import { clientEndpointOf, clientStoreRoots } from '../stack/client-environment.ts'
import type { S3Store, Scenario, Stack } from '../stack/spec.ts'
import type { EditAwsProfileInput } from '../targets/action.ts'
import type { TemplateValues } from '../targets/template-values.ts'
import { buildAction } from '../targets/build-action.ts'
import { findAwsPlaces, type AwsPlaces } from './aws-places.ts'
import { missing } from './client-secrets.ts'
import type { CommandContext } from './command-context.ts'
import { findClientPaths } from './find-client-paths.ts'
import { runPlan } from './run-plan.ts'

export interface ProfileOptions {
  readonly replace: boolean
  readonly secrets: Secrets
}

/** Throws UserError `client.no-keys` in scenarios whose clients never go to a bucket, `aws.conflict`, `aws.unreadable`. */
export async function writeProfile(
  context: CommandContext,
  stack: Stack,
  profile: string,
  { replace, secrets }: ProfileOptions,
): Promise<ProfileChangeFacts> {
  checkProfileName(profile)
  const store = storeOf(stack)
  const keys = store.credentials === 'keys'
  const roots = clientStoreRoots(store, await findClientPaths(context, stack))
  const values = valuesOf(store, roots, secrets)
  for (const name of keys ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] : []) {
    if (secrets[name] === undefined) throw missing(name, stack)
  }
  const places = await placesOf(context)
  const input = {
    ...places,
    stackDirectory: stack.directory,
    wish: { kind: 'written', profile, values, keys },
  } as const
  return change(
    context,
    { ...input, replace },
    { title: `AWS profile ${profile}`, again: `--write-aws ${profile}`, secrets },
  )
}

/** Takes away what was written for this stack: one profile, or all of them. */
export async function removeProfile(
  context: CommandContext,
  stack: Stack,
  profile: string | undefined,
  { replace, secrets }: ProfileOptions,
): Promise<ProfileChangeFacts> {
  const wish = { kind: 'removed', ...(profile === undefined ? {} : { profile }) } as const
  const input = { ...(await placesOf(context)), stackDirectory: stack.directory, wish, replace }
  const named = profile === undefined ? '' : ` ${profile}`
  return change(context, input, { title: `AWS profile${named}`, again: `--remove-aws${named}`, secrets })
}

async function change(
  context: CommandContext,
  input: EditAwsProfileInput,
  about: { readonly title: string; readonly again: string; readonly secrets: Secrets },
): Promise<ProfileChangeFacts> {
  const ports: ActionPorts = { ...context, secrets: about.secrets }
  const { conflicts, notes } = await planAwsEdit(input, ports)
  if (conflicts.length > 0) {
    throw new UserError('aws.conflict', 'Your AWS files say otherwise. Nothing was changed.', {
      problems: conflicts.map((conflict) => problemOf(conflict)),
      hint: {
        text: 'Take another profile, or put these lines aside:',
        command: `mlflow-setup client ${about.again} --replace`,
      },
    })
  }
  const action = buildAction(
    'edit-aws-profile',
    { name: about.title, title: about.title, detail: '', needs: [] },
    input,
  )
  const plan = await buildPlan(input.stackDirectory, [action], (one) => inspectAction(one, ports, context.signal))
  const [planned] = plan.actions
  if (planned !== undefined && planned.effect !== 'unchanged') {
    const { failure } = await runPlan(context, { plan, ports })
    if (failure !== undefined) throw failure.error
  }
  return { effect: planned?.effect ?? 'unchanged', files: [input.config, input.credentials], notes }
}

function problemOf({
  path,
  line,
  key,
  found,
  wanted,
}: Awaited<ReturnType<typeof planAwsEdit>>['conflicts'][number]): Problem {
  const rest = wanted === undefined ? 'which cannot stay' : `the stack wants ${wanted}`
  return {
    name: `${path}:${line}`,
    message: wanted === undefined && key.startsWith('lines ') ? `${key} were ${found}` : `${key} is ${found}, ${rest}`,
  }
}

/** And whose files root would make there. */
async function placesOf(context: CommandContext): Promise<AwsPlaces & { readonly owner?: Owner }> {
  const { host, files } = context
  const { home } = host
  const { config, credentials } = findAwsPlaces(context)
  if (config === credentials) {
    throw new UserError('aws.one-file', `AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE are both ${config}.`, {
      because: 'The two kinds of file name their sections in different ways.',
      hint: { text: 'Unset one of them.' },
    })
  }
  const folder = host.uid === 0 && home !== undefined ? await files.stat(home) : undefined
  const owner = folder === undefined || folder.uid === 0 ? {} : { owner: { uid: folder.uid, gid: folder.gid } }
  return { config, credentials, ...owner }
}

function storeOf({ spec }: Stack): S3Store {
  if (spec.scenario === 4 && spec.artifactStore.kind === 's3') return spec.artifactStore
  throw new UserError('client.no-keys', `Clients of scenario ${spec.scenario} need no keys.`, {
    because: REASONS[spec.scenario],
    hint: { text: 'This is what they need:', command: 'mlflow-setup client' },
  })
}

const REASONS: Readonly<Record<Scenario, string>> = {
  1: 'Files are in a folder of this machine.',
  2: 'Files are in a folder of this machine.',
  3: 'Files go through the server.',
  4: 'Files are in no bucket.',
  5: 'Files go through the server.',
  6: 'Files go through the artifact server.',
}

function valuesOf(store: S3Store, roots: string | undefined, secrets: Secrets): TemplateValues {
  return {
    region: store.region,
    endpoint: clientEndpointOf(store) ?? '',
    caFile: roots ?? '',
    checksumsWhenRequired: store.checksums === 'when_required',
    addressing: store.addressing,
    temporary: secrets['AWS_SESSION_TOKEN'] !== undefined,
  }
}
