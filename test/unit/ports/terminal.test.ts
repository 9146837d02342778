import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { makeTerminal } from '../../../src/ports/terminal.ts'

class FakeStream extends EventEmitter {
  readonly isTTY: boolean
  readonly columns: number
  written = ''

  constructor(isTTY: boolean, columns = 0) {
    super()
    this.isTTY = isTTY
    this.columns = columns
  }

  write(text: string): void {
    this.written += text
  }
}

const RED = '\u001b[31mred\u001b[39m'

function open(shape: {
  stdin?: boolean
  stdout?: boolean
  stderr?: boolean
  env?: Record<string, string>
  platform?: string
}) {
  const stdout = new FakeStream(shape.stdout ?? true)
  const stderr = new FakeStream(shape.stderr ?? true)
  const { env = {}, platform = 'linux', stdin = true } = shape
  const closed: string[] = []
  const onClosed = () => closed.push('closed')
  return {
    stdout,
    stderr,
    closed,
    terminal: makeTerminal({ stdin: { isTTY: stdin }, stdout, stderr, env, platform, onClosed }),
  }
}

describe('makeTerminal', () => {
  it.for([
    [{}, true],
    [{ stdin: false }, false],
    [{ stdout: false }, false],
    [{ stderr: false }, true],
  ] as const)('asks with %o: %s', ([shape, interactive]) => {
    expect(open(shape).terminal.interactive).toBe(interactive)
  })

  it.for([
    [{}, true],
    [{ stderr: false }, false],
    [{ env: { TERM: 'dumb' } }, false],
  ] as const)('redraws with %o: %s', ([shape, live]) => {
    expect(open(shape).terminal.live).toBe(live)
  })

  it.for([
    [{}, true],
    [{ stdout: false }, true],
    [{ stdout: false, stderr: false }, false],
    [{ env: { TERM: 'dumb' } }, false],
    [{ env: { NO_COLOR: '1' } }, false],
    [{ env: { NO_COLOR: '' } }, true],
    [{ stdout: false, stderr: false, env: { FORCE_COLOR: '1' } }, true],
    [{ env: { FORCE_COLOR: '0' } }, false],
    [{ env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, true],
  ] as const)('shows colour with %o: %s', ([shape, colour]) => {
    expect(open(shape).terminal.colour).toBe(colour)
  })

  it.for([
    [{ LANG: 'de_DE.UTF-8' }, 'linux', true],
    [{ LANG: 'C.utf8' }, 'linux', true],
    [{ LANG: 'C' }, 'linux', false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux', false],
    [{ LANG: 'C', LC_CTYPE: 'en_US.UTF-8' }, 'linux', true],
    [{ LANG: 'C.UTF-8', LC_ALL: '' }, 'linux', true],
    [{ LANG: 'C.UTF-8', TERM: 'dumb' }, 'linux', false],
    [{}, 'linux', false],
    [{}, 'darwin', true],
  ] as const)('speaks Unicode with %o on %s: %s', ([env, platform, unicode]) => {
    expect(open({ env, platform }).terminal.unicode).toBe(unicode)
  })

  it('takes colour from a stream that cannot show it', () => {
    const { terminal, stdout, stderr } = open({ stderr: false })
    terminal.out(RED)
    terminal.err(RED)
    expect([stdout.written, stderr.written]).toEqual([RED, 'red'])
  })

  it('has 80 columns where nobody knows', () => {
    expect(open({}).terminal.columns).toBe(80)
  })

  it('falls silent when the reader has gone', () => {
    const { terminal, stdout, closed } = open({})
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    stdout.emit('error', gone)
    stdout.emit('error', gone)
    terminal.out('more')
    expect([stdout.written, closed]).toEqual(['', ['closed']])
  })

  it('does not hide another failure to write', () => {
    const full = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })
    expect(() => open({}).stdout.emit('error', full)).toThrow('ENOSPC')
  })
})
