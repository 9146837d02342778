// In: a login and the root to trust. Out: a headless Chromium, as its user would have it.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'

const run = promisify(execFile)
const SCREENSHOTS = fileURLToPath(new URL('../.cache/screenshots/', import.meta.url))
/** It asks nobody on the internet about anything, and root may run it. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The program, or undefined where there is none. */
export function findChromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
}

export interface SeenPage {
  readonly page: Page
  /** Answers of 400 and more, and requests that had none: `404 https://…`. */
  readonly faults: readonly string[]
  /** Keeps what it shows under this name in test/.cache/screenshots. */
  keep(name: string): Promise<void>
}

export interface Chromium {
  /** A window of its own: no login, no cookies. */
  open(login?: { readonly username: string; readonly password: string }): Promise<SeenPage>
  close(): Promise<void>
}

/** Its user has added the given root to those that they trust, as a PEM file. Needs `certutil` (libnss3-tools). */
export async function startChromium(rootCertificate: string): Promise<Chromium> {
  const home = await mkdtemp(join(tmpdir(), 'mlflow-setup-browser-'))
  await trust(rootCertificate, join(home, '.pki/nssdb'))
  const env = { ...stringsOf(process.env), HOME: home }
  const browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args: FLAGS, env })
  return {
    open: async (login) => {
      const context = await browser.newContext(login === undefined ? {} : { httpCredentials: login })
      const page = await context.newPage()
      return { page, faults: watch(page), keep: (name) => keep(page, name) }
    },
    close: async () => {
      await browser.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function trust(rootCertificate: string, database: string): Promise<void> {
  await mkdir(database, { recursive: true })
  const at = ['-d', `sql:${database}`]
  await run('certutil', ['-N', '--empty-password', ...at])
  await run('certutil', ['-A', ...at, '-t', 'C,,', '-n', 'mlflow-setup', '-i', rootCertificate])
}

function watch(page: Page): readonly string[] {
  const faults: string[] = []
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`)
  })
  page.on('requestfailed', (request) => faults.push(`${request.failure()?.errorText} ${request.url()}`))
  return faults
}

async function keep(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

function stringsOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? '']))
}
