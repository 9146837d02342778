import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { spawn, type IPty } from '@lydell/node-pty'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const ENTER = '\r'
const DOWN = '\u001b[B'
const TAB = '\t'
const ESCAPE = '\u001b'
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'
const BACKSPACE = '\u007f'

let directory: string
const open = new Set<IPty>()

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mlflow-setup-prompts-'))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  await build({
    entryPoints: [join(root, 'test/fixtures/asking-program.ts')],
    outfile: join(directory, 'asking.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
})

afterEach(() => {
  for (const pty of open) pty.kill('SIGKILL')
  open.clear()
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/**
 * The program at a terminal of its own; a shell around it says afterwards how it ended and in which mode it left the
 * terminal. It stays until it is killed: what a terminal was told just before its end may be lost.
 */
function sit(env: Record<string, string> = {}, size = { cols: 80, rows: 30 }) {
  // Where the terminal is in line mode, Ctrl-C is a signal for the shell too.
  const script = `trap : INT; "${process.execPath}" asking.mjs; echo "ended with $?"; stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e -icanon -e echo -e -echo; echo over; exec cat`
  const { PATH = '' } = process.env
  const pty = spawn('sh', ['-c', script], {
    ...size,
    name: env['TERM'] ?? 'xterm-256color',
    cwd: directory,
    env: { PATH, LANG: 'C.UTF-8', ...env },
  })
  open.add(pty)
  let raw = ''
  let heard = () => {}
  pty.onData((data) => {
    raw += data
    heard()
  })
  const text = () => stripVTControlCharacters(raw).replaceAll('\r', '')
  return {
    raw: () => raw,
    text,
    /** Resolves when the text comes after everything that was waited for before. */
    async sees(wanted: string, from = 0): Promise<number> {
      const deadline = AbortSignal.timeout(20_000)
      while (!text().slice(from).includes(wanted)) {
        if (deadline.aborted) throw new Error(`never saw ${JSON.stringify(wanted)} in:\n${text()}`)
        await new Promise<void>((resolve) => {
          heard = resolve
          deadline.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      return text().length
    },
    press: (keys: string) => pty.write(keys),
  }
}

describe('prompts at a terminal', () => {
  it('takes Enter all the way', async () => {
    const terminal = sit()
    await terminal.sees('Who will use')
    expect(terminal.text()).toContain('└  scenario 3')
    terminal.press(ENTER)
    await terminal.sees('In which directory?')
    terminal.press(ENTER)
    await terminal.sees('Apply?')
    terminal.press(ENTER)
    await terminal.sees('over')
    expect(terminal.text()).toContain('answers: me /srv/mlflow true')
    expect(terminal.text()).toContain('ended with 0\n')
  })

  it('lets the last line follow the cursor', async () => {
    const terminal = sit()
    const from = await terminal.sees('└  scenario 3')
    terminal.press(DOWN)
    await terminal.sees('scenario 5', from)
    terminal.press(ENTER)
    await terminal.sees('In which directory?')
    expect(terminal.text().slice(from)).toContain('My team · scenario 5')
  })

  it('says what is wrong while it is typed, and keeps a wrong answer from going through', async () => {
    const terminal = sit()
    await terminal.sees('Who will use')
    terminal.press(ENTER)
    await terminal.sees('Enter takes it, Tab edits it')
    terminal.press('x')
    const from = await terminal.sees('"x" is not an absolute path')
    terminal.press(ENTER)
    terminal.press(BACKSPACE)
    terminal.press(TAB)
    terminal.press('2')
    await terminal.sees('/srv/mlflow2', from)
    terminal.press(`${CTRL_U}/data`)
    terminal.press(ENTER)
    await terminal.sees('Apply?')
    terminal.press('n')
    await terminal.sees('over')
    expect(terminal.text()).toContain('answers: me /data false')
  })

  for (const [name, keys] of Object.entries({ 'Ctrl-C': CTRL_C, 'Ctrl-D': CTRL_D, Escape: ESCAPE })) {
    for (const question of ['Who will use', 'In which directory?', 'Apply?']) {
      it(`${name} at "${question}" leaves a clean line, the cursor and a terminal that works`, async () => {
        const terminal = sit()
        for (const before of ['Who will use', 'In which directory?', 'Apply?']) {
          await terminal.sees(before)
          if (before === question) break
          terminal.press(ENTER)
        }
        terminal.press(keys)
        await terminal.sees('over')
        expect(terminal.text()).toContain('\n└  Cancelled. Nothing was changed.\nended with 130\n')
        expect(terminal.text()).toContain('\nicanon\necho\nover')
        expect(terminal.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.raw().lastIndexOf('\u001b[?25l'))
      })
    }
  }

  it('speaks ASCII and no colour where that is all there is', async () => {
    const terminal = sit({ LANG: 'C', NO_COLOR: '1' })
    await terminal.sees('Who will use')
    terminal.press(ENTER)
    await terminal.sees('In which directory?')
    terminal.press(CTRL_C)
    await terminal.sees('over')
    expect(terminal.text()).toMatch(/^[\n -~]*$/)
    // Colours are 30 to 39; 7 and 27, inverse video, show where the cursor is.
    expect(terminal.raw()).not.toMatch(new RegExp(`${ESCAPE}\\[3[0-9]m`))
  })

  it('shows a part of a long choice on a low terminal', async () => {
    const terminal = sit({}, { cols: 40, rows: 9 })
    const from = await terminal.sees('scenario 3')
    terminal.press(DOWN)
    await terminal.sees('scenario 5', from)
    expect(terminal.text().slice(from)).not.toContain('This machine')
  })

  it('asks line by line on a terminal that cannot move its cursor', async () => {
    const terminal = sit({ TERM: 'dumb' })
    await terminal.sees('Number [1]:')
    terminal.press(`7${ENTER}`)
    await terminal.sees('Type a number from 1 to 2.')
    terminal.press(`2${ENTER}`)
    await terminal.sees('[/srv/mlflow]:')
    terminal.press(`x${ENTER}`)
    await terminal.sees('"x" is not an absolute path')
    terminal.press(ENTER)
    await terminal.sees('Apply? [yes]:')
    terminal.press(`no${ENTER}`)
    await terminal.sees('answers: team /srv/mlflow false')
    expect(terminal.raw()).not.toContain('\u001b')
  })

  for (const [name, keys] of Object.entries({ 'Ctrl-C': CTRL_C, 'Ctrl-D': CTRL_D })) {
    it(`${name} is a cancel there too`, async () => {
      const terminal = sit({ TERM: 'dumb' })
      await terminal.sees('Number [1]:')
      terminal.press(keys)
      await terminal.sees('over')
      expect(terminal.text()).toContain('\n+  Cancelled. Nothing was changed.\nended with 130\n')
    })
  }
})

describe.each([
  ['at a terminal', {}],
  ['on a terminal that cannot move its cursor', { TERM: 'dumb' }],
])('a password %s', (_where, env: Record<string, string>) => {
  it('is never shown, not even when it is wrong', async () => {
    const terminal = sit({ ...env, ASK: 'password' })
    await terminal.sees('Password?')
    terminal.press('abc')
    terminal.press(ENTER)
    await terminal.sees('Take four characters or more.')
    terminal.press(CTRL_U)
    terminal.press(`s3cret!x${BACKSPACE}`)
    terminal.press(ENTER)
    await terminal.sees('the password is !terc3s')
    await terminal.sees('over')
    expect(terminal.text()).not.toMatch(/abc|s3c/)
    expect(terminal.text()).toContain('\nicanon\necho\nover')
  })

  it('may be left to us', async () => {
    const terminal = sit({ ...env, ASK: 'password' })
    await terminal.sees('Enter makes one')
    terminal.press(ENTER)
    await terminal.sees('over')
    expect(terminal.text()).toContain('the password is ours\nended with 0\n')
  })

  it.each([CTRL_C, CTRL_D, ESCAPE])('can be cancelled with %j', async (key) => {
    const terminal = sit({ ...env, ASK: 'password' })
    await terminal.sees('Password?')
    terminal.press(`hidden${key}`)
    await terminal.sees('over')
    expect(terminal.text()).toContain('Cancelled. Nothing was changed.\nended with 130\n')
    expect(terminal.text()).toContain('\nicanon\necho\nover')
  })
})
