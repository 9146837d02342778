// In: numbers. Out: words with units: durations, bytes, counts.

/** `12 ms`, `1.4 s`, `19.4 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0.5) return '<1 ms'
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return withRest(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  return withRest(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

/** For a clock that runs on the screen, whole seconds: `3 s`, `1 min 20 s`. Empty in the first second. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 1) return ''
  if (seconds < 60) return `${seconds} s`
  return withRest(Math.floor(seconds / 60), 'min', seconds % 60, 's')
}

/** How long something has run, in its largest unit: `40 s`, `12 min`, `5 h`, `2 d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** Decimal units as disks and downloads are labelled: `84 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, 1000, ['bytes', 'kB', 'MB', 'GB', 'TB'])
}

/** Memory by the powers of 1024 in which it is sold, with the short names that people use: a machine of 16 GB has 16 GB. */
export function formatMemory(bytes: number): string {
  return inUnits(bytes, 1024, ['bytes', 'kB', 'MB', 'GB', 'TB'])
}

/** `1 change`, `9 changes`, `1,802 objects`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** `1,802` */
function formatNumber(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `a`, `a and b`, `a, b and c`. */
export function formatList(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function withRest(large: number, largeUnit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${rest} ${restUnit}`
}

function inUnits(bytes: number, base: number, units: readonly string[]): string {
  let value = Math.max(0, bytes)
  let unit = 0
  // 999.5 would round up to 1000 of the smaller unit.
  while (value >= base - 0.5 && unit < units.length - 1) {
    value /= base
    unit += 1
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value))
  return `${digits} ${units[unit] ?? ''}`
}
