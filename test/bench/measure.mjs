// In: two programs to compare. Out: Row, the medians of both, measured in turns so that other work on the machine meets both alike.

/** @typedef {{ median: number, least: number, most: number }} Times milliseconds, or what the row's unit says */
/** @typedef {{ name: string, ours: Times, peerName: string, peer: Times, budget: string, holds: boolean, unit?: string }} Row */
/** @typedef {() => number | Promise<number>} Sample one measurement, in milliseconds or the row's unit */

/** @returns {Times} */
function summarise(/** @type {number[]} */ list) {
  const sorted = list.toSorted((a, b) => a - b)
  const [below = 0, above = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return { median: (below + above) / 2, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 }
}

/**
 * A B A B, after `warmUp` rounds that do not count.
 * @param {Record<string, Sample>} samples
 * @param {{ rounds: number, warmUp: number }} options
 * @returns {Promise<(name: string) => Times>}
 */
export async function measureInTurns(samples, { rounds, warmUp }) {
  /** @type {Record<string, number[]>} */
  const lists = Object.fromEntries(Object.keys(samples).map((name) => [name, []]))
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [name, sample] of Object.entries(samples)) {
      const time = await sample()
      if (round >= 0) lists[name]?.push(time)
    }
  }
  return (name) => summarise(lists[name] ?? [])
}

/**
 * A budget that is a ratio of the medians.
 * @param {{ name: string, ours: Times, peerName: string, peer: Times, most: number }} facts
 * @returns {Row}
 */
export function compare({ most, ...facts }) {
  return { ...facts, budget: `<= ${most.toFixed(2)} x`, holds: facts.ours.median <= most * facts.peer.median }
}

/**
 * A budget that ours must be more than: a throughput, in `unit`.
 * @param {{ name: string, ours: Times, peerName: string, peer: Times, least: number, unit: string }} facts
 * @returns {Row}
 */
export function outdo({ least, ...facts }) {
  return { ...facts, budget: `>= ${least.toFixed(2)} x`, holds: facts.ours.median >= least * facts.peer.median }
}

/**
 * A limit that knows no peer.
 * @param {{ name: string, ours: Times, most: number, unit: string }} facts
 * @returns {Row}
 */
export function keepBelow({ most, ...facts }) {
  const none = { median: NaN, least: NaN, most: NaN }
  return { ...facts, peerName: '', peer: none, budget: `<= ${most} ${facts.unit}`, holds: facts.ours.median <= most }
}

/**
 * A budget that is a difference of the medians.
 * @param {{ name: string, ours: Times, peerName: string, peer: Times, more: number }} facts milliseconds
 * @returns {Row}
 */
export function exceed({ more, ...facts }) {
  const budget = more < 1000 ? `<= + ${more} ms` : `<= + ${more / 1000} s`
  return { ...facts, budget, holds: facts.ours.median - facts.peer.median <= more }
}

function formatTimes(/** @type {Times} */ { median, least, most }, /** @type {string} */ ofRow) {
  if (Number.isNaN(median)) return ''
  const inSeconds = ofRow === 'ms' && median >= 2000
  const [unit, size, digits] = inSeconds ? ['s', 1000, 1] : [ofRow, 1, median < 100 ? 1 : 0]
  const say = (/** @type {number} */ time) => (time / size).toFixed(digits)
  return `${say(median)} ${unit} (${say(least)} to ${say(most)})`
}

function formatDifference(/** @type {number} */ difference) {
  if (Number.isNaN(difference)) return ''
  const sign = difference < 0 ? '-' : '+'
  const size = Math.abs(difference)
  return size < 2000 ? `${sign} ${size.toFixed(size < 100 ? 1 : 0)} ms` : `${sign} ${(size / 1000).toFixed(1)} s`
}

/** Everything as one table. */
export function formatTable(/** @type {Row[]} */ rows) {
  const head = ['what', 'ours', 'peer', '', 'ratio', 'difference', 'budget', 'holds']
  const lines = rows.map(({ name, ours, peerName, peer, budget, holds, unit = 'ms' }) => {
    const ratio = Number.isNaN(peer.median) ? '' : (ours.median / peer.median).toFixed(2)
    const difference = unit === 'ms' ? formatDifference(ours.median - peer.median) : ''
    const sides = [formatTimes(ours, unit), peerName, formatTimes(peer, unit)]
    return [name, ...sides, ratio, difference, budget, holds ? 'yes' : 'NO']
  })
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)))
  const show = (/** @type {string[]} */ line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...lines].map(show).join('\n')
}
