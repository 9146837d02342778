// In: what a profile shall be, and the user's two AWS files. Out: AwsEdit, each file before and after, or what is in the way.
import { basename, dirname } from 'node:path'
import { UserError } from '../../errors.ts'
import { blocksOf, removeBlocks } from '../../formats/aws-block.ts'
import { parseAwsIni, type AwsIni, type AwsSection } from '../../formats/aws-ini.ts'
import { mergeSection, type AwsConflict } from '../../formats/aws-merge.ts'
import { findCredentials, findProfile, profileHeader } from '../../formats/aws-profile.ts'
import { findDamage } from '../../formats/aws-proof.ts'
import { renderShellWord } from '../../formats/shell-words.ts'
import { renderTemplate } from '../../plan/render-templates.ts'
import type { EditAwsProfileInput } from '../../targets/action.ts'
import type { ActionPorts } from '../action-kind.ts'

type Ports = Pick<ActionPorts, 'files' | 'templates' | 'secrets'>

export interface AwsFileEdit {
  readonly path: string
  /** Undefined: there is no such file. */
  readonly before: string | undefined
  readonly after: string | undefined
}

export interface AwsEdit {
  readonly files: readonly AwsFileEdit[]
  readonly conflicts: readonly (AwsConflict & { readonly path: string })[]
  /** What stays as it is but does not do what its author hoped. */
  readonly notes: readonly string[]
}

type WrittenWish = Extract<EditAwsProfileInput['wish'], { kind: 'written' }>

/** What becomes of one file. */
type FileEdit = Omit<AwsEdit, 'notes'>

/** One of the two files, with its own way to name a profile. */
interface AwsFile {
  readonly path: string
  readonly text: string | undefined
  readonly find: (profile: string) => (ini: AwsIni) => AwsSection | undefined
  readonly header: (profile: string) => string
}

/** Keys in a file count only where the profile does not log in in one of these ways (botocore, credentials.py). */
const OTHER_LOGINS = ['role_arn', 'web_identity_token_file', 'sso_session', 'sso_start_url']
/** Both would keep boto3 from the address that the profile names. */
const OTHER_ADDRESSES = ['services', 'ignore_configured_endpoint_urls']

/** Looks, changes nothing. Throws UserError `aws.unreadable` for a file that botocore cannot read either, and `aws.dead-link`. */
export async function planAwsEdit(input: EditAwsProfileInput, ports: Ports): Promise<AwsEdit> {
  const config: AwsFile = {
    path: input.config,
    text: await readAwsFile(input.config, ports),
    find: (profile) => (ini) => findProfile(ini, profile),
    header: profileHeader,
  }
  const credentials: AwsFile = {
    path: input.credentials,
    text: await readAwsFile(input.credentials, ports),
    find: (profile) => (ini) => findCredentials(ini, profile),
    header: (profile) => profile,
  }
  const { wish } = input
  if (wish.kind === 'written') await refuseDeadLinks([config, credentials], ports)
  const edits =
    wish.kind === 'removed'
      ? [config, credentials].map((file) => withoutProfile(input, wish.profile, file))
      : await withProfile(input, wish, { config, credentials }, ports)
  const files = edits.flatMap((edit) => edit.files)
  return {
    // Files that hold nothing of ours are none of our business.
    files: wish.kind === 'removed' ? files.filter(({ before, after }) => before !== after) : files,
    conflicts: edits.flatMap((edit) => edit.conflicts),
    notes: wish.kind === 'removed' ? [] : notesOn(config, wish),
  }
}

async function withProfile(
  { stackDirectory, replace }: EditAwsProfileInput,
  { profile, values, keys }: WrittenWish,
  { config, credentials }: { readonly config: AwsFile; readonly credentials: AwsFile },
  ports: Ports,
): Promise<readonly FileEdit[]> {
  const render = async (name: string) =>
    renderTemplate(await ports.templates.read(`aws/${name}.hbs`), values, ports.secrets)
  const settings = await render('config')
  const logins = keys ? OTHER_LOGINS : []
  const merge = (file: AwsFile, body: string, agreeing: string, unwanted: readonly string[]): FileEdit => {
    const { path, text = '', find, header } = file
    const merged = mergeSection(text, {
      owner: stackDirectory,
      find: find(profile),
      header: header(profile),
      body,
      agreeing,
      unwanted,
      madeFile: file.text === undefined,
      replace,
    })
    return editOf(
      file,
      merged.text,
      [find(profile)],
      merged.conflicts.map((conflict) => ({ ...conflict, path })),
    )
  }
  const first = merge(config, settings, '', [...logins, ...OTHER_ADDRESSES])
  if (!keys) return [first]
  const body = await render('credentials')
  // What stands in the credentials counts more than the same in the config; a token of other keys makes ours invalid.
  const token = body.includes('aws_session_token') ? [] : ['aws_session_token']
  return [first, merge(credentials, body, settings, [...logins, ...OTHER_ADDRESSES, ...token])]
}

function withoutProfile(
  { stackDirectory, replace }: EditAwsProfileInput,
  profile: string | undefined,
  file: AwsFile,
): FileEdit {
  const { path, text, find } = file
  if (text === undefined) return { files: [], conflicts: [] }
  const where = profile === undefined ? () => 'any' as const : find(profile)
  const ini = parseAwsIni(text)
  const blocks = blocksOf(ini, stackDirectory, where(ini))
  const edited = replace ? [] : blocks.filter((block) => block.edited)
  const conflicts = edited.map(({ first, last }) => ({
    path,
    line: first + 1,
    key: `lines ${first + 1} to ${last + 1}`,
    found: 'edited since mlflow-setup wrote them',
    wanted: undefined,
  }))
  if (conflicts.length > 0) return { files: [{ path, before: text, after: text }], conflicts }
  const after = removeBlocks(text, stackDirectory, where)
  const touched = ini.sections.filter(({ header, options }) =>
    blocks.some(({ first, last }) => last >= header && first <= (options.at(-1)?.after ?? header)),
  )
  const edit = editOf(
    file,
    after,
    touched.map(({ name }) => () => ({ name })),
    [],
  )
  const gone = after === '' && blocks.some(({ madeFile }) => madeFile)
  return gone ? { files: [{ path, before: text, after: undefined }], conflicts } : edit
}

function editOf(
  { path, text }: AwsFile,
  after: string,
  own: readonly ((ini: AwsIni) => { readonly name: string } | undefined)[],
  conflicts: AwsEdit['conflicts'],
): FileEdit {
  const before = text ?? ''
  const sections = own.flatMap((find) => [before, after].flatMap((one) => find(parseAwsIni(one))?.name ?? []))
  const damage = findDamage(before, after, sections)
  if (damage !== undefined) throw new Error(`the edit of ${path} would change ${damage}`)
  return { files: [{ path, before: text, after: text === undefined && after === '' ? undefined : after }], conflicts }
}

/** An endpoint for everybody, and the way of the guides of 2020, which boto3 and AWS CLI 2 do not go. */
function notesOn({ path, text = '', find }: AwsFile, { profile, values }: WrittenWish): readonly string[] {
  const ini = parseAwsIni(text)
  const plugin = ini.sections
    .find(({ name }) => name === 'plugins')
    ?.options.find(({ value }) => value === 'awscli_plugin_endpoint')
  const blocks =
    find(profile)(ini)?.options.filter(({ nested }) => nested?.some(({ key }) => key === 'endpoint_url')) ?? []
  return [
    ...(profile !== 'default' || values['endpoint'] === ''
      ? []
      : ['Where no other profile is named, every service of AWS now goes to the address of this bucket.']),
    ...(plugin === undefined
      ? []
      : [`${path}:${plugin.first + 1} loads a plugin that AWS CLI 2 cannot load; nothing here needs it any more.`]),
    ...blocks.map(
      ({ key, first }) =>
        `${path}:${first + 1} has an endpoint_url inside of "${key}", which only that plugin read; the one of the profile counts.`,
    ),
  ]
}

/** A new file would take the place of the link, and be lost for whoever keeps the real one somewhere else. */
async function refuseDeadLinks(awsFiles: readonly AwsFile[], { files }: Ports): Promise<void> {
  const missing = awsFiles.filter(({ text }) => text === undefined)
  for (const path of missing.flatMap((file) => [dirname(file.path), file.path])) {
    const listed = (await files.list(dirname(path))).includes(basename(path))
    if (!listed || (await files.stat(path)) !== undefined) continue
    throw new UserError('aws.dead-link', `${path} is a link to something that is not there. Nothing was changed.`, {
      because: 'Perhaps what it points to was moved, or its disk is not mounted.',
      hint: {
        text: 'Bring that back, or remove the link, then run this again.',
        command: `ls -ld ${renderShellWord(path)}`,
      },
    })
  }
}

async function readAwsFile(path: string, { files }: Ports): Promise<string | undefined> {
  const text = await files.readText(path)
  if (text === undefined) return undefined
  const faults = text.includes('\uFFFD') ? [] : parseAwsIni(text).faults
  if (faults.length === 0 && !text.includes('\uFFFD')) return text
  throw new UserError('aws.unreadable', `${path} cannot be read by boto3 or AWS CLI. Nothing was changed.`, {
    because: faults.length === 0 ? 'It is not UTF-8.' : 'Both refuse the whole file for one wrong line.',
    problems: faults.map(({ line, what }) => ({ name: `${path}:${line}`, message: what })),
    hint: { text: 'Correct it, then run this again.' },
  })
}
