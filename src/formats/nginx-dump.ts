// In: what `nginx -T` writes: the whole configuration with all that it includes. Out: the sites in it, each with its place.

/** One `server` block. */
export interface NginxSite {
  readonly file: string
  /** Of its `server_name`, or of the block where it has none. */
  readonly line: number
  readonly names: readonly string[]
  readonly ports: readonly number[]
}

export interface NginxDump {
  readonly sites: readonly NginxSite[]
  /** The files that count, in their order; the first is nginx.conf itself. */
  readonly files: readonly string[]
  /** Patterns of `include`, as they are written. */
  readonly includes: readonly string[]
  /** The user that its workers run as; undefined: the one that it was built with. */
  readonly user: string | undefined
}

interface Directive {
  readonly words: readonly string[]
  readonly file: string
  readonly line: number
  readonly end: '{' | '}' | ';'
}

export function parseNginxDump(text: string): NginxDump {
  const parts = text.split(/^# configuration file (.+):$/mu)
  const files = parts.filter((_, at) => at % 2 === 1)
  const directives = files.flatMap((file, at) => parseDirectives(file, parts[at * 2 + 2] ?? ''))
  const named = (name: string) => directives.filter(({ words }) => words[0] === name)
  return {
    sites: collectSites(directives),
    files,
    includes: named('include').flatMap(({ words }) => words.slice(1)),
    user: named('user')[0]?.words[1],
  }
}

function collectSites(directives: readonly Directive[]): readonly NginxSite[] {
  const sites: NginxSite[] = []
  for (const [at, { words, file, line, end }] of directives.entries()) {
    if (words[0] !== 'server' || end !== '{' || words.length !== 1) continue
    const inside = blockAfter(directives, at)
    const names = inside.filter(({ words }) => words[0] === 'server_name')
    const listens = inside.filter(({ words }) => words[0] === 'listen').map(({ words }) => words[1] ?? '')
    sites.push({
      file: names[0]?.file ?? file,
      line: names[0]?.line ?? line,
      names: names.flatMap(({ words }) => words.slice(1)),
      ports: listens.length === 0 ? [80] : [...new Set(listens.flatMap(portsOf))],
    })
  }
  return sites
}

/** What stands in a block itself, not in blocks inside it. */
function blockAfter(directives: readonly Directive[], start: number): readonly Directive[] {
  const inside: Directive[] = []
  let depth = 1
  for (const directive of directives.slice(start + 1)) {
    if (directive.end === '}') depth -= 1
    if (depth === 0) break
    if (depth === 1 && directive.end === ';') inside.push(directive)
    if (directive.end === '{') depth += 1
  }
  return inside
}

function portsOf(address: string): readonly number[] {
  if (address.startsWith('unix:')) return []
  const port = /^(?:.*:)?(\d+)$/u.exec(address)?.[1]
  return [port === undefined ? 80 : Number(port)]
}

const TOKEN = /#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|\n|(?:\$\{|\\.|[^\s{};"'\\]|["'\\])+/gu

function parseDirectives(file: string, text: string): readonly Directive[] {
  const found: Directive[] = []
  let words: string[] = []
  // The text starts behind the line that names the file.
  let line = 0
  let begun = 1
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '\n') line += 1
    else if (token === '{' || token === '}' || token === ';') {
      found.push({ words, file, line: words.length === 0 ? line : begun, end: token })
      words = []
    } else if (!token.startsWith('#')) {
      if (words.length === 0) begun = line
      words.push(token.replace(/^(["'])([\s\S]*)\1$/u, '$2'))
      line += token.split('\n').length - 1
    }
  }
  return found
}
