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

/** What was measured once. @returns {Times} */
export function one(/** @type {number} */ value) {
  return { median: value, least: value, most: value }
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
  return { ...facts, budget: `<= ${most.toFixed(2)} ×`, holds: facts.ours.median <= most * facts.peer.median }
}

/**
 * A budget that ours must be more than: a throughput, in `unit`.
 * @param {{ name: string, ours: Times, peerName: string, peer: Times, least: number, unit: string }} facts
 * @returns {Row}
 */
export function outdo({ least, ...facts }) {
  return { ...facts, budget: `>= ${least.toFixed(2)} ×`, holds: facts.ours.median >= least * facts.peer.median }
}

/**
 * A limit of its own; the peer is there to compare, if at all.
 * @param {{ name: string, ours: Times, peerName?: string, peer?: Times, most: number, unit: string }} facts
 * @returns {Row}
 */
export function keepBelow({ most, ...facts }) {
  const budget = `<= ${formatValue(most, facts.unit)}`
  return { peerName: '', peer: one(NaN), ...facts, budget, holds: facts.ours.median <= most }
}

/**
 * A budget that is a difference of the medians.
 * @param {{ name: string, ours: Times, peerName: string, peer: Times, more: number }} facts milliseconds
 * @returns {Row}
 */
export function exceed({ more, ...facts }) {
  const budget = `<= + ${formatValue(more, 'ms')}`
  return { ...facts, budget, holds: facts.ours.median - facts.peer.median <= more }
}

function formatValue(/** @type {number} */ value, /** @type {string} */ unit) {
  const [said, size] = unit === 'ms' && Math.abs(value) >= 2000 ? ['s', 1000] : [unit, 1]
  const scaled = value / size
  const digits = Number.isInteger(scaled) || Math.abs(scaled) >= 100 ? 0 : 1
  return `${scaled.toFixed(digits)} ${said}`.trim()
}

function formatTimes(/** @type {Times} */ { median, least, most }, /** @type {string} */ unit) {
  if (Number.isNaN(median)) return ''
  const spread = least === most ? '' : ` (${formatValue(least, unit)} to ${formatValue(most, unit)})`
  return `${formatValue(median, unit)}${spread}`
}

/** Ratio, or where the budget is one, the difference. */
function formatDistance(/** @type {Row} */ { ours, peer, budget, unit = 'ms' }) {
  if (Number.isNaN(peer.median) || peer.median === 0) return ''
  const difference = ours.median - peer.median
  if (budget.includes('+')) return `${difference < 0 ? '-' : '+'} ${formatValue(Math.abs(difference), unit)}`
  return (ours.median / peer.median).toFixed(2)
}

/** Everything as one table in Markdown, as the README has it. */
export function formatTable(/** @type {Row[]} */ rows) {
  const head = ['what', 'ours', 'peer', 'ratio', 'goal']
  const lines = rows.map((row) => {
    const { name, ours, peerName, peer, budget, holds, unit = 'ms' } = row
    const goal = holds ? budget : `${budget}, **missed**`
    return [name, formatTimes(ours, unit), `${peerName} ${formatTimes(peer, unit)}`.trim(), formatDistance(row), goal]
  })
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}
