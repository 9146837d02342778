// In: values. Out: their DER encoding (X.690), as far as X.509 certificates need it.

/** One element: its tag, its length, its content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content)
export const set = (...content: readonly Uint8Array[]): Buffer => der(0x31, ...content)
export const octets = (...content: readonly Uint8Array[]): Buffer => der(0x04, ...content)
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))
export const TRUE = der(0x01, Buffer.from([0xff]))

/** `[number]`, which wraps a whole element. */
export const explicit = (number: number, ...content: readonly Uint8Array[]): Buffer => der(0xa0 | number, ...content)
/** `[number] IMPLICIT` of something without parts. */
export const implicit = (number: number, content: Uint8Array): Buffer => der(0x80 | number, content)

/** A whole number that is not negative, its bytes from the most significant one. */
export function integer(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0)
  const short = start === -1 ? Buffer.from([0]) : Buffer.from(bytes.subarray(start))
  // A leading 1 bit would be a minus.
  return (short[0] ?? 0) < 0x80 ? der(0x02, short) : der(0x02, Buffer.from([0]), short)
}

/** The last `unused` bits of the last byte do not count. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return der(0x03, Buffer.from([unused]), content)
}

/** `2.5.29.17` */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** UTCTime until 2049, as RFC 5280 wants it, then GeneralizedTime. */
export function time(at: Date): Buffer {
  const digits = `${at.toISOString().slice(0, 19).replaceAll(/[-:T]/gu, '')}Z`
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

function base128(number: number): readonly number[] {
  const digits = [number % 128]
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80)
  return digits
}
