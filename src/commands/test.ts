// In: a stack, or the address of any tracking server. Out: exit code; whether it works for a client, step by step.
import { safeParse } from 'valibot'
import { serverAddressOf } from '../answers/public-address.ts'
import type { Answers } from '../answers/answers.ts'
import { testClient } from '../answers/questions/proof.ts'
import { wrongAnswers, checkAnswer } from '../answers/resolve.ts'
import { UserError } from '../errors.ts'
import { hideLogins } from '../formats/secret-text.ts'
import { Secret } from '../secret.ts'
import { buildTestDocument } from '../report/json.ts'
import { printJson } from '../report/print.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { buildProofWish, isProven, proveStack, type ProofWish } from './prove-stack.ts'

export interface TestOptions extends CommonOptions {
  /** Any tracking server; the stack's when undefined. */
  readonly url: string | undefined
  readonly testClient: string | undefined
  /** Leave what the test made. */
  readonly keep: boolean
  /** A Python with MLflow, for a server that is not a stack of ours. */
  readonly python: string | undefined
}

/** Exit code 0 when every step passed, 1 when one failed. */
export async function test(context: CommandContext, options: TestOptions): Promise<number> {
  const proof = await proveStack(context, await wishOf(context, options))
  if (options.json) printJson(context.terminal, buildTestDocument(proof))
  return isProven(proof) ? 0 : 1
}

async function wishOf(context: CommandContext, options: TestOptions): Promise<ProofWish> {
  const kind = kindOf(options.testClient)
  const shown = { keep: options.keep, show: !options.json }
  if (options.url === undefined) {
    const stack = await requireStack(context, options.dir)
    const strongest = stack.spec.publicUrl === undefined ? 'python' : 'all'
    return buildProofWish(context, stack, kind ?? strongest, shown)
  }
  const address = serverAddressOf(options.url)
  if ('problem' in address && !/^(sqlite|file):/.test(options.url)) {
    throw new UserError('test.url', hideLogins(`${JSON.stringify(options.url)} ${address.problem}.`), {
      hint: { text: 'Give the address of the server.', command: 'mlflow-setup test http://127.0.0.1:5000' },
    })
  }
  const password = context.env['MLFLOW_TRACKING_PASSWORD']
  return {
    subject: {
      trackingUri: 'href' in address ? address.href : options.url,
      user: context.env['MLFLOW_TRACKING_USERNAME'],
      password: password === undefined ? undefined : new Secret(password),
      ca: await caOf(context),
    },
    transports: kind === 'python' || !('href' in address) ? ['python'] : kind === 'all' ? ['rest', 'python'] : ['rest'],
    python: options.python,
    client: { env: {} },
    artifactLocation: undefined,
    ...shown,
  }
}

function kindOf(raw: string | undefined): Answers['testClient'] | undefined {
  if (raw === undefined) return undefined
  const result = safeParse(testClient.schema, raw)
  if (result.success && result.output !== 'off') return result.output
  const name = '--test-client'
  if (result.success) throw wrongAnswers([{ name, message: '"off" would test nothing; take rest, python or all' }])
  throw wrongAnswers([{ name, message: checkAnswer(testClient, raw, {}) ?? 'is wrong' }])
}

/** The roots that MLflow's own client would trust. */
async function caOf(context: CommandContext): Promise<string | undefined> {
  const path = context.env['MLFLOW_TRACKING_SERVER_CERT_PATH'] ?? context.env['REQUESTS_CA_BUNDLE']
  return path === undefined ? undefined : context.files.readText(path)
}
