// In: a text. Out: the same as one value in compose.yaml.

/** A quoted scalar of YAML, which JSON's strings are; Compose puts variables in for `$`, but not for `$$`. */
export function renderComposeValue(text: string): string {
  const plain =
    /^[A-Za-z0-9/_][A-Za-z0-9/_.@=+-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|[\d._+-]+)$/i.test(text)
  return plain ? text : JSON.stringify(text.replaceAll('$', '$$$$'))
}
