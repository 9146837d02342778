// In: a text. Out: the same as one value in compose.yaml.

/** What no reader takes for anything but text, also between brackets: no digit first, no colon last. */
const PLAIN = /^(?:--?|\.?\/)?[A-Za-z_](?:[\w/.@=+:-]*[\w/.@=+-])?$/
/** What YAML takes for something else. */
const WORD = /^(true|false|yes|no|on|off|y|n|null)$/i
/** What single quotes hold without an escape. */
const AS_IT_IS = /^[^'\p{Cc}\u2028\u2029\uFEFF]*$/u
/** What YAML does not take as it is, and JSON does. */
const ODD = /[\u007F-\u009F\u2028\u2029\uFEFF]/g

/** A scalar of YAML, quoted where it must be. Compose puts variables in for `$`, but not for `$$`. */
export function renderComposeValue(text: string): string {
  const escaped = text.replaceAll('$', '$$$$')
  if (PLAIN.test(text) && !WORD.test(text)) return text
  return AS_IT_IS.test(text) ? `'${escaped}'` : JSON.stringify(escaped).replace(ODD, escapeOdd)
}

function escapeOdd(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
