import { expect, it } from 'vitest'
import type { FoundEngine, ReadyEngine } from '../../../src/answers/machine.ts'
import { formatMachineFound } from '../../../src/report/machine-view.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { READY_ENGINE } from '../../fakes/facts.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'
import { HOME, machine } from './examples.ts'

const ready = (changes: Partial<ReadyEngine>): ReadyEngine => ({ ...READY_ENGINE, ...changes })
const address = 'unix:///var/run/docker.sock'

it.each<readonly [FoundEngine, string]>([
  [ready({}), 'found Python 3.13.5, PostgreSQL 17, systemd and Docker 28.5 with Compose 2.40'],
  [ready({ rootless: true }), 'and rootless Docker 28.5 with Compose 2.40'],
  [ready({ composeVersion: undefined }), 'and Docker 28.5 without Compose'],
  [{ kind: 'stopped', address, start: undefined }, 'and Docker (not running)'],
  [{ kind: 'forbidden', address }, 'and Docker (not for this user)'],
  [{ kind: 'remote', address: 'ssh://gpu.example' }, 'and Docker (on another machine)'],
  [{ kind: 'failing', why: 'some reason' }, 'and Docker (not working)'],
  [{ kind: 'podman' }, 'systemd and Podman'],
  [{ kind: 'none', podman: true }, 'not found: nginx and Docker'],
])('%j', (engine, words) => {
  const lines = formatMachineFound({ ...machine, engine }, makeStyle(makeFakeTerminal({ columns: 120 }), HOME))
  expect(lines.join(' ')).toContain(words)
})
