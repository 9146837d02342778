// In: the stack that was set up. Out: what the user needs now: address, lines of code, secrets, the command that repeats it.
import { renderShellCommand, renderShellWord } from '../formats/shell-words.ts'
import type { Scenario } from '../stack/spec.ts'
import { hang } from './layout.ts'
import { formatList } from './quantities.ts'
import type { Style } from './style.ts'

export interface NextStepsFacts {
  readonly scenario: Scenario
  readonly directory: string
  /** Undefined in scenarios 1 and 2. */
  readonly address: string | undefined
  /** What a client needs, in order. A value of `undefined` is a secret: it is shown as `...`. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[]
  /** The virtual environment that clients on this machine may use. */
  readonly venv: string | undefined
  readonly user?: string
  /** The address of the notebook beside the server. */
  readonly notebook?: { readonly address: string; readonly token: boolean }
  /** Where the server listens, when the address is that of a proxy of the user's. */
  readonly behindProxy?: string
  /** For a stack of a team that nobody else can reach: nothing that asks for a password is in front of it. */
  readonly onlyHere?: true
  /** Where the secrets are, if there are any. */
  readonly secretsFile?: string
  /** Whether its services are Docker Compose's, which can be asked without this program. */
  readonly compose?: true
  /** The command that repeats this run without questions, word by word. */
  readonly again: readonly string[]
  /** Commands worth knowing now, without the program's name: `status`, `test`. */
  readonly next: readonly string[]
}

const LABEL_WIDTH = 9

/** The lines below the wizard's last one, each under its label. */
export function formatNextSteps(facts: NextStepsFacts, style: Style): string[] {
  return [
    ...section('Address', facts.address === undefined ? [] : [style.cyan(facts.address)], style),
    ...section('Proxy', proxyWords(facts, style), style),
    ...section('Others', othersWords(facts, style), style),
    ...section('Notebook', notebookWords(facts, style), style),
    ...section('Log in', loginWords(facts, style), style),
    ...section('Python', activateLines(facts, style), style),
    ...section(
      'Your code',
      facts.variables.map((variable) => exportLine(variable)),
      style,
    ),
    ...section(
      'Secrets',
      facts.user === undefined && facts.secretsFile !== undefined ? [style.home(facts.secretsFile)] : [],
      style,
    ),
    ...section('Again', formatAgain(facts.again, style.columns - LABEL_WIDTH - 5), style),
    ...section('By hand', composeWords(facts, style), style),
    ...section('Next', nextWords(facts.next, style), style),
  ]
}

function section(label: string, lines: readonly string[], style: Style): string[] {
  return lines.map((line, i) => `   ${style.bold(style.padEnd(i === 0 ? label : '', LABEL_WIDTH))}  ${line}`)
}

function notebookWords({ notebook }: NextStepsFacts, style: Style): string[] {
  if (notebook === undefined) return []
  return [style.cyan(notebook.address), ...(notebook.token ? ['its token is NOTEBOOK_TOKEN in .env'] : [])]
}

function loginWords(facts: NextStepsFacts, style: Style): string[] {
  if (facts.user === undefined) return []
  return [facts.secretsFile === undefined ? facts.user : `${facts.user}, password in ${style.home(facts.secretsFile)}`]
}

function proxyWords({ address, behindProxy, user }: NextStepsFacts, style: Style): string[] {
  if (address === undefined || behindProxy === undefined) return []
  const asks = user === undefined ? ', and asks for the password: the server has none' : ''
  const words = `Yours passes ${address} on to ${behindProxy}, keeps the Host header${asks}.`
  return style.wrap(words, style.columns - LABEL_WIDTH - 5)
}

function othersWords({ onlyHere }: NextStepsFacts, style: Style): string[] {
  if (onlyHere === undefined) return []
  const words =
    'Cannot reach it: it has no login and listens on this machine only. Where nginx is installed: mlflow-setup --public-url https://NAME'
  return style.wrap(words, style.columns - LABEL_WIDTH - 5)
}

function composeWords({ compose, directory }: NextStepsFacts, style: Style): string[] {
  if (compose === undefined) return []
  return style.wrap(`docker compose ps, logs or up -d, in ${style.home(directory)}`, style.columns - LABEL_WIDTH - 5)
}

/** Without a server the user's code runs in the environment that was made for it. */
function activateLines(facts: NextStepsFacts, style: Style): string[] {
  if (facts.venv === undefined) return []
  return [`. ${homeWord(`${facts.venv}/bin/activate`, style)}`]
}

function exportLine(variable: { readonly name: string; readonly value: string | undefined }): string {
  const value = variable.value === undefined ? '...' : renderShellWord(variable.value)
  return `export ${variable.name}=${value}`
}

/** A shell expands `~/` only outside of quotes. */
function homeWord(path: string, style: Style): string {
  const short = style.home(path)
  return short.startsWith('~/') ? `~/${renderShellWord(short.slice(2))}` : renderShellWord(path)
}

/** One line where it fits; else as many options on each as fit, broken so that a shell reads the same. */
function formatAgain(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const option of groupOptions(words)) {
    const last = lines.at(-1)
    const longer = last === undefined ? option : `${last} ${option}`
    // Two columns for the backslash, and two for the indent of the later lines.
    if (last === undefined || longer.length > width - 4) lines.push(option)
    else lines[lines.length - 1] = longer
  }
  return lines.map((line, i) => (i === 0 ? '' : '  ') + line + (i < lines.length - 1 ? ' \\' : ''))
}

/** The command, then each option with its value. */
function groupOptions(words: readonly string[]): string[] {
  const groups: string[][] = []
  for (const word of words) {
    const last = groups.at(-1)
    if (last === undefined || word.startsWith('--')) groups.push([word])
    else last.push(word)
  }
  return groups.map(renderShellCommand)
}

function nextWords(next: readonly string[], style: Style): string[] {
  if (next.length === 0) return []
  return hang(
    '',
    `mlflow-setup ${formatList(next).replace(/ and ([^ ,]+)$/, ' or $1')}`,
    style.columns - LABEL_WIDTH - 5,
  )
}
