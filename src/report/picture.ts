// In: PictureFacts. Out: a small picture: who talks to whom, and who needs which credentials.
import { unreachable } from '../errors.ts'
import { drawStations, type Station } from './boxes.ts'
import { alignColumns, hang } from './layout.ts'
import type { PictureFacts } from './picture-facts.ts'
import type { Style } from './style.ts'

/** `columns` is what a line may take: beside a guide bar three less than the terminal's. Where boxes are too wide it is a list. */
export function formatPicture(facts: PictureFacts, style: Style, columns = style.columns - 3): string[] {
  const note = style.wrap(whoNeedsWhat(facts), columns - 1).map((line) => ` ${line}`)
  const drawing = drawStations(clientTitle(facts), stations(facts, style), style)
  const fits = drawing.every((line) => style.width(line) <= columns)
  return fits ? [...drawing, ...note] : [...list(facts, style, columns), ...note]
}

function clientTitle(facts: PictureFacts): string {
  return facts.localOnly ? 'your code' : 'your code, anywhere'
}

function stations(facts: PictureFacts, style: Style): Station[] {
  const label = facts.scheme ?? ''
  const here = facts.containers ? 'containers on this machine' : 'this machine'
  const server: Station = { title: here, label, needs: trackingNeeds(facts), lines: serverLines(facts, style) }
  if (facts.scenario !== 4) return [server]
  const needs = facts.storeCredentials.length > 0 ? facts.storeCredentials : [`the keys of ${facts.artifactStore}`]
  const { box, arrow } = style.symbols
  const through =
    facts.ownStore && facts.proxy !== undefined ? `${facts.proxy} ${style.dim(`${box.horizontal}${arrow}`)} ` : ''
  const store: Station = {
    title: facts.ownStore ? 'its store, at a port of its own' : 'the store',
    label: '',
    needs,
    lines: [`${through}${facts.artifactStore}  files`],
  }
  return [server, store]
}

function trackingNeeds(facts: PictureFacts): string[] {
  return [
    'MLFLOW_TRACKING_URI',
    ...(facts.scenario === 1 ? ['MLFLOW_ALLOW_FILE_STORE'] : []),
    ...(facts.login ? ['user, password'] : []),
  ]
}

function serverLines(facts: PictureFacts, style: Style): string[] {
  const { box, arrow } = style.symbols
  const to = style.dim(`${box.horizontal}${arrow}`)
  const width = Math.max(style.width(facts.backendStore), style.width(facts.artifactStore))
  const runs = `${style.padEnd(facts.backendStore, width)}  runs`
  const files = `${style.padEnd(facts.artifactStore, width)}  files`
  const proxy = facts.proxy === undefined ? '' : `${facts.proxy} ${to} `
  switch (facts.scenario) {
    case 1:
    case 2:
      return [runs, files]
    case 3:
    case 5:
      return fork(`${proxy}MLflow`, [runs, files], style)
    case 4:
      return [`${proxy}MLflow ${to} ${facts.backendStore}  runs`]
    case 6:
      return fork(
        facts.proxy ?? 'proxy',
        [`MLflow, runs  ${to} ${facts.backendStore}`, `MLflow, files ${to} ${facts.artifactStore}`],
        style,
      )
    default:
      return unreachable(facts.scenario)
  }
}

/** `MLflow ─┬─▶ a` above `└─▶ b`. */
function fork(from: string, [first = '', second = '']: readonly string[], style: Style): string[] {
  const { box, arrow } = style.symbols
  const down = `${box.horizontal}${arrow}`
  return [
    `${from} ${style.dim(`${box.horizontal}${box.branch}${down}`)} ${first}`,
    `${' '.repeat(style.width(from) + 2)}${style.dim(`${box.corner}${down}`)} ${second}`,
  ]
}

/** The same in words, for narrow terminals. */
function list(facts: PictureFacts, style: Style, columns: number): string[] {
  const to = style.dim(`${style.symbols.box.horizontal}${style.symbols.arrow}`)
  const server = [...(facts.proxy === undefined ? [] : [facts.proxy]), 'MLflow'].join(' and ')
  const from = facts.scheme === undefined ? clientTitle(facts) : 'MLflow'
  const filesFrom = facts.scenario === 4 ? clientTitle(facts) : from
  return [
    ...alignColumns([
      ...(facts.scheme === undefined ? [] : [[` ${clientTitle(facts)}`, `${to} ${server}`, facts.scheme]]),
      [` ${from}`, `${to} ${facts.backendStore}`, 'runs'],
      [` ${filesFrom}`, `${to} ${facts.artifactStore}`, 'files'],
    ]),
    ...(facts.containers ? hang(' runs ', 'in containers on this machine', columns) : []),
    ...hang(' needs ', [...trackingNeeds(facts), ...facts.storeCredentials].join(', '), columns),
  ]
}

function whoNeedsWhat(facts: PictureFacts): string {
  const client = facts.login ? 'the address, a user and a password' : 'the address'
  const noKeys = facts.keyless ? '' : ', and no keys of the store'
  switch (facts.scenario) {
    case 1:
      return 'No server, no login. MLflow is retiring this store; scenario 2 is its successor.'
    case 2:
      return 'No server, no login: your code opens the database file itself.'
    case 3:
      return facts.localOnly ? 'No login: the server listens on this machine only.' : `Clients need ${client}.`
    case 4:
      return `Clients need ${client}, and the keys of ${facts.artifactStore}.`
    case 5:
      return `Clients need ${client}${noKeys}: files go through the server.`
    case 6:
      return `Clients need ${client}${noKeys}: a second server carries the files.`
    default:
      return unreachable(facts.scenario)
  }
}
