// In: src/. Out: dist/ and THIRD-PARTY-LICENSES.txt. `node scripts/build.mjs` builds; importing this file does nothing.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { lazyCommonJs } from './lazy-commonjs.mjs'
import { renderLicenses } from './licenses.mjs'
import { leftOut } from './left-out.mjs'
import { oneFirstPart } from './one-first-part.mjs'
import { renderHelp } from './render-help.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

/** Names stay and lines stay short, so that a stack trace in a bug report can be read without a source map. */
const shared = /** @type {const} */ ({
  absWorkingDir: root,
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  // The AWS SDK as ECMAScript modules is a third of what it is as CommonJS, of which nothing can be left out.
  mainFields: /** @type {string[]} */ (['module', 'main']),
  outdir: dist,
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
})

/** `bin.ts` is a bundle of its own that an old Node.js can read, and leaves `main.ts` outside. */
const mainStaysOutside = {
  name: 'main-stays-outside',
  /** @param {import('esbuild').PluginBuild} plugin */
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './main.js', external: true }))
  },
}

/**
 * Bundles without writing.
 * @returns {Promise<{ files: { path: string, text: string }[], metafile: import('esbuild').Metafile }>} absolute paths; the metafile is that of `main.js`
 */
export async function bundle() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const help = await renderHelp(root, version)
  const [bin, main] = await Promise.all([
    build({
      ...shared,
      entryPoints: ['src/bin.ts'],
      target: 'node14',
      plugins: [mainStaysOutside],
      banner: { js: '#!/usr/bin/env node' },
    }),
    build({
      ...shared,
      entryPoints: ['src/main.ts'],
      target: 'node20.19',
      splitting: true,
      plugins: [oneFirstPart, lazyCommonJs, leftOut],
      chunkNames: '[name]-[hash]',
      // Packages in CommonJS take for granted what an ECMAScript module lacks: `require` for Node's own modules, and their place.
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
      define: {
        MLFLOW_SETUP_VERSION: JSON.stringify(version),
        MLFLOW_SETUP_HELP: JSON.stringify(help),
        __filename: 'import.meta.filename',
        __dirname: 'import.meta.dirname',
      },
    }),
  ])
  const files = [...bin.outputFiles, ...main.outputFiles].map(({ path, text }) => ({ path, text }))
  return { files, metafile: main.metafile }
}

/** A file that is the same is not touched: a program that runs from dist/ can go on loading its parts. */
function writeChanged(/** @type {string} */ path, /** @type {string} */ text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  const part = `${path}.${process.pid}.part`
  writeFileSync(part, text)
  renameSync(part, path)
}

/** Writes dist/ and THIRD-PARTY-LICENSES.txt. The time of `dist/bin.js` says when the sources were read. */
export async function buildPackage() {
  const started = new Date()
  const { files, metafile } = await bundle()
  for (const { path, text } of files) writeChanged(path, text)
  const kept = new Set(files.map(({ path }) => relative(dist, path)))
  for (const name of readdirSync(dist)) if (!kept.has(name)) rmSync(join(dist, name), { recursive: true })
  writeChanged(join(root, 'THIRD-PARTY-LICENSES.txt'), renderLicenses(root, metafile))
  chmodSync(join(dist, 'bin.js'), 0o755)
  utimesSync(join(dist, 'bin.js'), started, started)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage()
