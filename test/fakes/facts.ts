import type { Machine } from '../../src/answers/machine.ts'
import type { Facts } from '../../src/answers/question.ts'

/** A small Linux server on which everything is there but systemd. */
function fakeMachine(changes: Partial<Machine> = {}): Machine {
  return {
    system: 'Debian 13',
    root: false,
    cores: 2,
    memoryBytes: 4e9,
    pythons: [{ path: '/usr/bin/python3', version: '3.13.5', ensurepip: true, pip: true }],
    rejectedPythons: [],
    uv: undefined,
    systemd: false,
    systemdUser: false,
    systemPackages: { manager: 'apt-get', installPython: ['apt-get', 'install', '-y', 'python3-venv'] },
    freePort: 5000,
    ...changes,
  }
}

export function fakeFacts(machine: Partial<Machine> = {}, others: Partial<Omit<Facts, 'machine'>> = {}): Facts {
  return { machine: fakeMachine(machine), home: '/home/ada', cwd: '/home/ada/work', ...others }
}
