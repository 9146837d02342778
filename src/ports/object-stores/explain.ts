// In: what AWS's client threw, and what was asked of which bucket. Out: the error that names cause and cure.
import { ExternalError, type UserError } from '../../errors.ts'
import { hideSecrets } from '../../formats/secret-text.ts'
import type { BucketLogin } from '../object-stores.ts'
import { ANSWER_CAUSES } from './answer-causes.ts'
import { CONNECTION_CAUSES } from './connection-causes.ts'
import { readStoreAnswer, type StoreAnswer } from './store-answer.ts'
import { buildAsked, formatSaid, type Request } from './store-cause.ts'

/** The client's own error is not kept as the cause: it holds the request, and with it the key's id and a signature. */
export function explainStoreError(error: unknown, login: BucketLogin, request: Request): UserError | ExternalError {
  const asked = buildAsked(login, request)
  const answer = withoutKeys(readStoreAnswer(error, Date.now()), login)
  const cause = [...CONNECTION_CAUSES, ...ANSWER_CAUSES].find(({ applies }) => applies(answer, asked))
  if (cause !== undefined) return cause.explain(answer, asked)
  return new ExternalError('s3.failed', `Could not ${request.words} ${login.bucket} at ${asked.store}.`, {
    because: formatSaid(answer),
    hint: { text: 'The log of the store, or its support, knows more. Then go on.', command: 'mlflow-setup apply' },
  })
}

/** Some stores repeat the key in what they say. */
function withoutKeys(answer: StoreAnswer, { keys }: BucketLogin): StoreAnswer {
  const secrets = [keys?.id, keys?.secret, keys?.session].filter((secret) => secret !== undefined)
  return { ...answer, message: hideSecrets(answer.message, secrets), body: hideSecrets(answer.body, secrets) }
}
