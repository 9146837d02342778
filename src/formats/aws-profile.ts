// In: the name of a profile. Out: the section that botocore takes it from.
import { UserError } from '../errors.ts'
import type { AwsIni, AwsSection } from './aws-ini.ts'

/** In ~/.aws/credentials a section is called as the profile. */
export function findCredentials(ini: AwsIni, profile: string): AwsSection | undefined {
  return ini.sections.find(({ name }) => name === profile)
}

/** In ~/.aws/config it is `[default]` or `[profile NAME]`, with or without quotes; of several the last one counts alone. */
export function findProfile(ini: AwsIni, profile: string): AwsSection | undefined {
  return ini.sections.findLast(({ name }) => (name === 'default' ? profile === name : profileOf(name) === profile))
}

/** How a new section of ~/.aws/config is called. */
export function profileHeader(profile: string): string {
  return profile === 'default' ? 'default' : `profile ${profile}`
}

/** Throws UserError `aws.profile-name` for what the files cannot name without quotes. */
export function checkProfileName(profile: string): void {
  if (/^[A-Za-z0-9][\w.@+-]*$/.test(profile)) return
  throw new UserError('aws.profile-name', `${JSON.stringify(profile)} is not the name of an AWS profile.`, {
    because: 'It is letters, digits, dots, dashes, underlines, @ and +, a letter or digit first.',
    hint: { text: 'For example:', command: 'mlflow-setup client --write-aws mlflow' },
  })
}

/** botocore splits the header as a shell does (configloader.py, _parse_section). */
function profileOf(header: string): string | undefined {
  if (!header.startsWith('profile')) return undefined
  const words = header.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? []
  return words.length === 2 ? unquote(words[1] ?? '') : undefined
}

function unquote(word: string): string {
  return word.replace(
    /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
    (_all, double?: string, single?: string, escaped?: string) =>
      double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\])/g, '$1'),
  )
}
