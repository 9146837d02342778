import type { Container } from '../../src/actions/compose/containers.ts'
import type { CommandResult, Commands } from '../../src/ports/commands.ts'

/** Before the stack is brought up, and while it is. */
export const EARLIER = new Date('2026-01-01T10:00:00Z')
export const BEGUN = new Date('2026-01-01T12:00:00Z')
export const SINCE = new Date('2026-01-01T12:00:05Z')

/** A container that runs and is well. */
export function fakeContainer(service: string, changes: Partial<Container> = {}): Container {
  return {
    id: `${service}-id`,
    service,
    status: 'running',
    health: 'healthy',
    healthOutput: '',
    pid: 42,
    exitCode: 0,
    outOfMemory: false,
    startedAt: SINCE,
    // As the engine has it for what never ended.
    finishedAt: new Date('0001-01-01T00:00:00Z'),
    restarts: 0,
    memoryLimit: 0,
    image: 'sha256:0',
    imageName: 'image:1',
    workingDirectory: '/home/ada/mlflow',
    configFiles: [],
    binds: [],
    environment: [],
    ...changes,
  }
}

/** What a program that ran answered. */
export function answered(changes: Partial<CommandResult> = {}): CommandResult {
  return { exitCode: 0, found: true, timedOut: false, stdout: '', stderr: '', ...changes }
}

/** Answers every command the same way. */
export function fakeCommands(result: CommandResult): Commands {
  const unexpected = () => Promise.reject(new Error('nobody should start this'))
  return { run: async () => result, startDetached: unexpected, runInTerminal: unexpected }
}
