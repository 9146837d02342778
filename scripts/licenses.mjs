// In: what esbuild bundled. Out: the text of THIRD-PARTY-LICENSES.txt.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ name: string, version: string, license: string, texts: string[] }} Package */

/**
 * The packages of which at least one byte is in the bundle.
 * @param {import('esbuild').Metafile} metafile
 * @returns {string[]} their folders relative to the repository, sorted
 */
export function bundledPackages(metafile) {
  const folders = new Set()
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const folder = /^((?!lazy-commonjs:).*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder)
    }
  }
  return [...folders].toSorted()
}

/** Every package that is bundled, with its version, its licence and the full text that its authors ask to keep. */
export function renderLicenses(/** @type {string} */ root, /** @type {import('esbuild').Metafile} */ metafile) {
  const packages = bundledPackages(metafile).map((folder) => readPackage(join(root, folder)))
  /** Dozens of packages of the AWS SDK come with the very same text. @type {Map<string, string[]>} */
  const sharing = new Map()
  for (const one of packages) {
    const texts = one.texts.length > 0 ? one.texts : [commonText(one, packages)]
    const text = [`License: ${one.license}`, ...texts].join('\n\n')
    sharing.set(text, [...(sharing.get(text) ?? []), `${one.name} ${one.version}`])
  }
  const sections = Array.from(sharing, ([text, names]) => `${names.join('\n')}\n\n${text}`)
  const title = 'mlflow-setup contains code of these packages, under their own licences.'
  return `${[title, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/**
 * The licence is a file of its own, or the last part of the README.
 * @returns {Package}
 */
function readPackage(/** @type {string} */ path) {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  const names = readdirSync(path).toSorted()
  const textOf = (/** @type {string} */ file) => readFileSync(join(path, file), 'utf8').trim()
  const texts = names.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).map(textOf)
  if (texts.length > 0) return { name, version, license, texts }
  const readmes = names.filter((file) => /^readme/i.test(file)).map(textOf)
  const parts = readmes.map((text) => /^#+ licen[cs]e\s+(.*permission.*)/ims.exec(text)?.[1] ?? '')
  return { name, version, license, texts: parts.filter((text) => text !== '') }
}

/** A few packages of the AWS SDK name their licence only. Its text has no owner in it: that of another one is the same. */
function commonText(/** @type {Package} */ { name, license }, /** @type {Package[]} */ packages) {
  const text = packages.find((other) => license === 'Apache-2.0' && other.license === license && other.texts.length > 0)
  if (text === undefined) throw new Error(`${name} is under ${license}, and has no text of it.`)
  return text.texts.join('\n\n')
}
