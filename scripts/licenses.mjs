// In: what esbuild bundled. Out: the text of THIRD-PARTY-LICENSES.txt.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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
  const sections = bundledPackages(metafile).map((folder) => {
    const path = join(root, folder)
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    const texts = readdirSync(path)
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .toSorted()
      .map((file) => readFileSync(join(path, file), 'utf8').trim())
    return [`${name} ${version}`, `License: ${license}`, ...texts].join('\n\n')
  })
  const title = 'mlflow-setup contains code of these packages, under their own licences.'
  return `${[title, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
