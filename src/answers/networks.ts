// In: networks as people type them. Out: what is wrong with them, or undefined.

/** The networks of a list as people write it: with commas or spaces between them. */
export function networksOf(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((network) => network !== '')
}

/** Why this is no list of networks; goes on after the value, and names the network that is wrong where there are more. */
export function whyNotNetworks(list: string): string | undefined {
  const networks = networksOf(list)
  if (networks.length === 0) return 'names no network'
  const wrong = networks.find((network) => whyNotNetwork(network) !== undefined)
  if (wrong === undefined) return undefined
  const why = whyNotNetwork(wrong)
  return networks.length === 1 ? why : `names ${wrong}, which ${why}`
}

/** `10.0.0.0/8`, `192.168.1.7`, `2001:db8::/32`. The answer goes on after the value. */
export function whyNotNetwork(text: string): string | undefined {
  const [address = '', length, ...more] = text.split('/')
  const bits = bitsOf(address)
  if (bits === undefined || more.length > 0) return 'is not a network such as 10.0.0.0/8'
  if (length === undefined) return undefined
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits.length)
    return `has no length from 0 to ${bits.length} after the slash`
  const network = bits.slice(0, Number(length)).padEnd(bits.length, '0')
  // nginx would take it with a warning, and nobody knows which of the two was meant.
  return bits === network
    ? undefined
    : `is an address within a network; write ${formatAddress(network)}/${length} for all of it, or ${address}`
}

/** An address as ones and zeros; undefined where it is none. */
function bitsOf(address: string): string | undefined {
  return address.includes(':') ? version6Bits(address) : version4Bits(address)
}

function version4Bits(address: string): string | undefined {
  const parts = address.split('.')
  // A leading zero is refused: some programs read 010 as eight.
  const fine = parts.length === 4 && parts.every((part) => Number(part) <= 255 && part === String(Number(part)))
  return fine ? parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('') : undefined
}

/** Node's parser reads every form of such an address, and writes small hexadecimal groups with at most one `::`. */
function version6Bits(address: string): string | undefined {
  if (!/^[0-9a-f:.]+$/i.test(address) || !URL.canParse(`http://[${address}]`)) return undefined
  const [before = '', after = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [left, right] = [groupsOf(before), groupsOf(after)]
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
}

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':')
}

function formatAddress(bits: string): string {
  if (bits.length === 32) return (bits.match(/.{8}/g) ?? []).map((part) => Number.parseInt(part, 2)).join('.')
  const groups = (bits.match(/.{16}/g) ?? []).map((part) => Number.parseInt(part, 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
