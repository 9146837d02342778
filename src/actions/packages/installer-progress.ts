/** What a line of uv's or pip's output means for somebody who waits, in a few words; undefined when nothing. */
export function parseInstallerLine(line: string): string | undefined {
  const text = line.trim()
  const count = /^(Resolved|Prepared|Installed|Checked) (\d+) packages?/u.exec(text)
  if (count?.[1] !== undefined)
    return `${count[1].toLowerCase()} ${count[2] ?? ''} ${count[2] === '1' ? 'package' : 'packages'}`
  const uvDownload = /^Downloading (\S+) \(([\d.]+)\s?([KMG])iB\)/u.exec(text)
  if (uvDownload !== null) return `downloading ${uvDownload[1] ?? ''}, ${uvDownload[2] ?? ''} ${uvDownload[3] ?? ''}B`
  const uvDone = /^Downloaded (\S+)$/u.exec(text)?.[1]
  if (uvDone !== undefined) return `downloaded ${uvDone}`
  const built = /^Build(?:ing|t) (\S+)/u.exec(text)?.[1]
  if (built !== undefined) return `building ${built}`
  const collecting = /^Collecting ([\w.-]+)/u.exec(text)?.[1]
  if (collecting !== undefined) return `collecting ${collecting}`
  const pipDownload = /^(?:Downloading|Using cached) (?:\S*\/)?([\w.]+?)-\d\S*\s+\(([\d.]+) ([kMG]?B)/u.exec(text)
  if (pipDownload !== null)
    return `downloading ${pipDownload[1] ?? ''}, ${pipDownload[2] ?? ''} ${pipDownload[3] ?? ''}`
  const installing = /^Installing collected packages: (.+)$/u.exec(text)?.[1]
  if (installing !== undefined) return `installing ${installing.split(',').length} packages`
  return undefined
}
