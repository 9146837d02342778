// In: the name of a profile. Out: its keys, from the user's own AWS files.
import { UserError } from '../errors.ts'
import { parseAwsIni, type AwsSection } from '../formats/aws-ini.ts'
import { findCredentials, findProfile } from '../formats/aws-profile.ts'
import { Secret, type Secrets } from '../secret.ts'
import { findAwsPlaces } from './aws-places.ts'
import type { CommandContext } from './command-context.ts'

/** How a profile can log in without keys of its own, in the order in which they are told. */
const OTHER_LOGINS: readonly (readonly [option: string, words: string])[] = [
  ['sso_session', 'logs in by single sign-on'],
  ['sso_start_url', 'logs in by single sign-on'],
  ['role_arn', 'takes on a role'],
  ['credential_process', 'asks a program for its keys'],
  ['web_identity_token_file', 'logs in by a token'],
]

/** By their names in `.env`. Throws UserError `aws.no-profile` or `aws.no-keys`, which names what the profile has instead. */
export async function readProfileKeys(context: CommandContext, profile: string): Promise<Secrets> {
  const places = findAwsPlaces(context)
  const paths = [places.credentials, places.config]
  const [credentials, config] = await Promise.all(
    paths.map(async (path) => parseAwsIni((await context.files.readText(path)) ?? '')),
  )
  const sections = [
    credentials === undefined ? undefined : findCredentials(credentials, profile),
    config === undefined ? undefined : findProfile(config, profile),
  ].filter((section) => section !== undefined)
  if (sections.length === 0) {
    throw new UserError('aws.no-profile', `There is no AWS profile ${profile}. Nothing was changed.`, {
      because: `${paths.join(' and ')} do not name it.`,
      hint: { text: 'Name another one with --aws-profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' },
    })
  }
  const holder = sections.find((section) => valueOf(section, 'aws_access_key_id') !== undefined)
  const id = holder === undefined ? undefined : valueOf(holder, 'aws_access_key_id')
  const secret = holder === undefined ? undefined : valueOf(holder, 'aws_secret_access_key')
  if (holder === undefined || id === undefined || secret === undefined) throw withoutKeys(profile, sections)
  const token = valueOf(holder, 'aws_session_token')
  return {
    AWS_ACCESS_KEY_ID: new Secret(id),
    AWS_SECRET_ACCESS_KEY: new Secret(secret),
    ...(token === undefined ? {} : { AWS_SESSION_TOKEN: new Secret(token) }),
  }
}

function withoutKeys(profile: string, sections: readonly AwsSection[]): UserError {
  const other = OTHER_LOGINS.find(([option]) => sections.some((section) => valueOf(section, option) !== undefined))
  const why = other === undefined ? 'has no aws_access_key_id and aws_secret_access_key' : `${other[1]} (${other[0]})`
  return new UserError('aws.no-keys', `The AWS profile ${profile} has no keys of its own. Nothing was changed.`, {
    because: `It ${why}; a server needs keys that do not end.`,
    hint: {
      text: 'Name a profile with an access key, or on a machine of AWS take its role.',
      command: 'mlflow-setup --s3-credentials role',
    },
  })
}

function valueOf(section: AwsSection, key: string): string | undefined {
  const value = section.options.find((option) => option.key === key)?.value
  return value === '' ? undefined : value
}
