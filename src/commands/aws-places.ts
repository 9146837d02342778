// In: the environment and the home directory. Out: where boto3 and AWS CLI look for the user's AWS files.
import { join, resolve } from 'node:path'
import { expandHome } from '../answers/expand-home.ts'
import { UserError } from '../errors.ts'
import type { CommandContext } from './command-context.ts'

export interface AwsPlaces {
  readonly config: string
  readonly credentials: string
}

/** Throws UserError `aws.no-home` where neither a home nor a variable says where. */
export function findAwsPlaces({ env, host, cwd }: Pick<CommandContext, 'env' | 'host' | 'cwd'>): AwsPlaces {
  const { home } = host
  const placeOf = (variable: string, name: string) => {
    const given = env[variable] ?? ''
    if (given !== '') return resolve(cwd, expandHome(given, home))
    if (home !== undefined) return join(home, '.aws', name)
    throw new UserError('aws.no-home', `There is no home directory for ~/.aws/${name}.`, {
      hint: { text: `Set HOME, or name the file in ${variable}.` },
    })
  }
  return {
    config: placeOf('AWS_CONFIG_FILE', 'config'),
    credentials: placeOf('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
  }
}
