// In: networks as people type them. Out: what is wrong with one, or undefined.

/** `10.0.0.0/8`, `192.168.1.7`, `2001:db8::/32`. The answer goes on after the value. */
export function whyNotNetwork(text: string): string | undefined {
  const [address = '', length, ...more] = text.split('/')
  const bits = isVersion4(address) ? 32 : isVersion6(address) ? 128 : undefined
  if (bits === undefined || more.length > 0) return 'is not a network such as 10.0.0.0/8'
  if (length === undefined) return undefined
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return `has no length from 0 to ${bits} after the slash`
  return undefined
}

function isVersion4(text: string): boolean {
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
}

/** Node's URL parser reads every form of such an address, and nothing else between brackets. */
function isVersion6(text: string): boolean {
  return text.includes(':') && /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]`)
}
