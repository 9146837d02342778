// In: lines of text. Out: the same in boxes, and boxes with arrows from one to others.
import type { Style } from './style.ts'

/** A box that an arrow leads to. */
export interface Station {
  /** Stands above the box. */
  readonly title: string
  readonly lines: readonly string[]
  /** Stands above the arrow: `https`. */
  readonly label: string
  /** What the box where the arrow starts shows beside it. */
  readonly needs: readonly string[]
}

const ARROW_ROOM = 7

/** One tall box on the left, with an arrow to each box on the right. */
export function drawStations(title: string, stations: readonly Station[], style: Style): string[] {
  const leftInner = Math.max(...stations.flatMap((station) => station.needs).map((line) => style.width(line)))
  const rightInner = Math.max(...stations.flatMap((station) => station.lines).map((line) => style.width(line)))
  const heading = ` ${style.padEnd(title, leftInner + 3 + ARROW_ROOM)} `
  const lines = stations.flatMap((station, i) =>
    drawStation(station, { first: i === 0, last: i === stations.length - 1, leftInner, rightInner }, style),
  )
  return [style.dim(`${heading}${stations[0]?.title ?? ''}`), ...lines]
}

interface Place {
  readonly first: boolean
  readonly last: boolean
  readonly leftInner: number
  readonly rightInner: number
}

function drawStation(station: Station, place: Place, style: Style): string[] {
  const { box } = style.symbols
  const line = (left: string, middle: string, right: string) =>
    `${left}${style.padEnd(middle, ARROW_ROOM)}${right}`.trimEnd()
  const edge = (inner: number, from: string, to: string) => style.dim(from + box.horizontal.repeat(inner + 2) + to)
  const row = (inner: number, text: string) =>
    `${style.dim(box.vertical)} ${style.padEnd(text, inner)} ${style.dim(box.vertical)}`
  const empty = row(place.leftInner, '')
  const arrow = style.cyan(` ${box.horizontal.repeat(ARROW_ROOM - 3)}${style.symbols.arrow} `)
  const label = style.cyan(` ${centre(station.label, ARROW_ROOM - 2, style)}`)
  const height = Math.max(station.lines.length, station.needs.length)
  const rows = Array.from({ length: height }, (_, i) =>
    line(
      row(place.leftInner, station.needs[i] ?? ''),
      i === 0 ? arrow : '',
      row(place.rightInner, station.lines[i] ?? ''),
    ),
  )
  const top = edge(place.rightInner, box.topLeft, box.topRight)
  const bottom = edge(place.rightInner, box.bottomLeft, box.bottomRight)
  return [
    ...(place.first ? [] : [line(empty, '', ` ${style.dim(station.title)}`)]),
    line(place.first ? edge(place.leftInner, box.topLeft, box.topRight) : empty, label, top),
    ...rows,
    line(place.last ? edge(place.leftInner, box.bottomLeft, box.bottomRight) : empty, '', bottom),
  ]
}

function centre(text: string, width: number, style: Style): string {
  return ' '.repeat(Math.max(0, Math.floor((width - style.width(text)) / 2))) + text
}
