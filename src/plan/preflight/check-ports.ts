// In: a wanted stack. Out: the ports that it needs and others have.
import { join } from 'node:path'
import type { Answers } from '../../answers/answers.ts'
import type { Machine } from '../../answers/machine.ts'
import { isLoopback, portOf } from '../../answers/public-address.ts'
import { UserError } from '../../errors.ts'
import type { Files } from '../../ports/files.ts'
import { buildAddresses } from '../../stack/addresses.ts'
import { SPEC_FILE } from '../../stack/file-names.ts'
import { parseSpec } from '../../stack/spec-file.ts'
import type { Stack, StackSpec } from '../../stack/spec.ts'
import { problemOf, type PreflightPorts, type PreflightProblem } from './preflight-problem.ts'

/** A port that one of the stack's services listens on, and the answer that names it. */
interface WantedPort {
  readonly question: keyof Answers
  readonly host: string
  readonly port: number
}

export async function checkPorts(
  stack: Stack,
  machine: Machine,
  ports: PreflightPorts,
): Promise<readonly PreflightProblem[]> {
  // The services of this very stack may have them.
  const own = await readOwnPorts(stack.directory, ports.files)
  const wanted = wantedPorts(stack.spec).filter(({ port }) => !own.includes(port))
  const problems = await Promise.all(wanted.map((one) => checkPort(one, stack.spec, machine, ports)))
  return problems.filter((problem) => problem !== undefined)
}

function wantedPorts(spec: StackSpec): readonly WantedPort[] {
  const { publicUrl, proxy, artifactsPort } = spec
  const server = buildAddresses(spec)
  if (publicUrl === undefined || server === undefined) return []
  const url = new URL(publicUrl)
  const behind = proxy.kind !== 'none' || !isLoopback(publicUrl)
  return [
    ...(proxy.kind === 'managed'
      ? [{ question: 'publicUrl' as const, host: isLoopback(publicUrl) ? '127.0.0.1' : '0.0.0.0', port: portOf(url) }]
      : []),
    { question: behind ? 'port' : 'publicUrl', host: server.host, port: server.port },
    ...(artifactsPort === undefined
      ? []
      : [{ question: 'artifactsPort' as const, host: '127.0.0.1', port: artifactsPort }]),
  ]
}

async function checkPort(
  { question, host, port }: WantedPort,
  { publicUrl = '', proxy }: StackSpec,
  machine: Machine,
  { processes }: PreflightPorts,
): Promise<PreflightProblem | undefined> {
  if (port < 1024 && !machine.root)
    return problemOf(
      question,
      `port ${port} is for root only; take ${withPort(publicUrl, machine.freeHttpsPort)}, or use sudo`,
    )
  if (await processes.canListen(host, port)) return undefined
  const holder = (await processes.listener(port))?.process
  const by = holder === undefined ? 'by another program' : `by ${holder.name} (pid ${holder.pid})`
  const nginx = question === 'publicUrl' && proxy.kind === 'managed'
  if (nginx && machine.nginx?.systemRuns === true && machine.root && (port === 80 || port === 443))
    return problemOf('proxy', `port ${port} is taken ${by}; take system, which adds a site to it`)
  const [another = 5000] = machine.freePorts
  const free =
    question !== 'publicUrl'
      ? String(another)
      : nginx
        ? withPort(publicUrl, machine.freeHttpsPort)
        : `http://127.0.0.1:${another}`
  return problemOf(question, `port ${port} is taken ${by}; free is ${free}`)
}

function withPort(address: string, port: number): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href.replace(/\/$/, '')
}

/** The ports that the stack in this directory has already, when there is one. */
async function readOwnPorts(directory: string, files: Pick<Files, 'readText'>): Promise<readonly number[]> {
  const path = join(directory, SPEC_FILE)
  const text = await files.readText(path)
  if (text === undefined) return []
  try {
    return wantedPorts(parseSpec(text, path)).map(({ port }) => port)
  } catch (error) {
    // A broken spec is told by whoever reads it for what it says.
    if (error instanceof UserError) return []
    throw error
  }
}
