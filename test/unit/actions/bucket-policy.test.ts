import { expect, it } from 'vitest'
import { createBucket } from '../../../src/actions/create-bucket.ts'
import { UserError } from '../../../src/errors.ts'
import { makeClock } from '../../../src/ports/clock.ts'
import { formatError } from '../../../src/report/error-view.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { Secret } from '../../../src/secret.ts'
import type { S3Store } from '../../../src/stack/spec.ts'
import { makeActionPorts } from '../../testbed/action-ports.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'
import { BUCKET } from '../../fakes/stack.ts'

/** What is shown where a store says that these keys may not do something. */
async function wordsFor(store: S3Store): Promise<readonly string[]> {
  const refused = new UserError('s3.forbidden', 'These keys may not list the bucket.', {
    because: 'They lack a right.',
  })
  const secrets = { AWS_ACCESS_KEY_ID: new Secret('AKIA'), AWS_SECRET_ACCESS_KEY: new Secret('geheim') }
  const ports = {
    ...makeActionPorts({}),
    clock: makeClock(),
    secrets,
    objectStores: { open: () => Promise.reject(refused) },
  }
  const input = { store, endpoints: [store.endpoint], mark: '/nonexistent/bucket.json' }
  const error: unknown = await createBucket
    .inspect(input, ports, new AbortController().signal)
    .catch((thrown: unknown) => thrown)
  return formatError(error, makeStyle(makeFakeTerminal({ columns: 80 }), undefined), { debug: false })
}

it('whoever lacks a right at AWS is shown the whole policy, ready to be copied', async () => {
  const lines = await wordsFor({ ...BUCKET, endpoint: undefined, prefix: 'of/ada', region: 'cn-north-1' })
  expect(lines.join('\n')).toContain('These keys may not list the bucket.')
  const policy: unknown = JSON.parse(lines.slice(lines.indexOf('{')).join('\n'))
  expect(JSON.stringify(policy)).toContain('"arn:aws-cn:s3:::mlflow/of/ada/*"')
  expect(JSON.stringify(policy)).toContain('s3:CreateBucket')
})

it('other stores have ways of their own', async () => {
  expect(await wordsFor(BUCKET)).not.toContain('{')
})
