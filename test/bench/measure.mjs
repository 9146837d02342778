// In: two programs to compare. Out: Row, the medians of both, measured in turns so that other work on the machine meets both alike.

/** @typedef {{ median: number, least: number, most: number }} Times milliseconds */
/** @typedef {{ name: string, ours: Times, peerName: string, peer: Times, budget: string, holds: boolean }} Row */
/** @typedef {() => number | Promise<number>} Sample one measurement, in milliseconds */

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
 * A budget that is a difference of the medians.
 * @param {{ name: string, ours: Times, peerName: string, peer: Times, more: number }} facts milliseconds
 * @returns {Row}
 */
export function exceed({ more, ...facts }) {
  const budget = more < 1000 ? `<= + ${more} ms` : `<= + ${more / 1000} s`
  return { ...facts, budget, holds: facts.ours.median - facts.peer.median <= more }
}

function formatTimes(/** @type {Times} */ { median, least, most }) {
  const [unit, size, digits] = median < 2000 ? ['ms', 1, median < 100 ? 1 : 0] : ['s', 1000, 1]
  const say = (/** @type {number} */ time) => (time / size).toFixed(digits)
  return `${say(median)} ${unit} (${say(least)} to ${say(most)})`
}

/** Everything as one table. */
export function formatTable(/** @type {Row[]} */ rows) {
  const head = ['what', 'ours', 'peer', '', 'ratio', 'difference', 'budget', 'holds']
  const lines = rows.map(({ name, ours, peerName, peer, budget, holds }) => {
    const difference = ours.median - peer.median
    const sign = difference < 0 ? '-' : '+'
    const size = Math.abs(difference)
    const told =
      size < 2000 ? `${sign} ${size.toFixed(size < 100 ? 1 : 0)} ms` : `${sign} ${(size / 1000).toFixed(1)} s`
    const ratio = (ours.median / peer.median).toFixed(2)
    return [name, formatTimes(ours), peerName, formatTimes(peer), ratio, told, budget, holds ? 'yes' : 'NO']
  })
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)))
  const show = (/** @type {string[]} */ line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...lines].map(show).join('\n')
}
