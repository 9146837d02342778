import { expect, it } from 'vitest'
import { readMemory } from '../../../../src/actions/compose/container-memory.ts'
import { UserError } from '../../../../src/errors.ts'
import { realPorts } from '../../../testbed/services.ts'

const PID = 4711
const memoryIn = (texts: Readonly<Record<string, string>>) =>
  readMemory(PID, { ...realPorts().files, readText: (path) => Promise.resolve(texts[path]) })

it('is what the second version of control groups counts, without the spare page cache', async () => {
  const group = '/system.slice/docker-0a1b.scope'
  const texts = {
    '/proc/4711/cgroup': `0::${group}\n`,
    [`/sys/fs/cgroup${group}/memory.current`]: '300000\n',
    [`/sys/fs/cgroup${group}/memory.stat`]: 'anon 1\nactive_file 7\ninactive_file 100000\nfile 9\n',
  }
  expect(await memoryIn(texts)).toBe(200_000)
})

it('is what the first version counts where that has the memory', async () => {
  const texts = {
    '/proc/4711/cgroup': '9:name=systemd:/docker/0a1b\n4:cpu,memory:/docker/0a1b\n0::/docker/0a1b\n',
    '/sys/fs/cgroup/memory/docker/0a1b/memory.usage_in_bytes': '500\n',
    '/sys/fs/cgroup/memory/docker/0a1b/memory.stat': 'inactive_file 1\ntotal_inactive_file 200\n',
  }
  expect(await memoryIn(texts)).toBe(300)
})

it('is unknown where the group is not to be seen, or not for this user', async () => {
  expect(await memoryIn({})).toBeUndefined()
  expect(await memoryIn({ '/proc/4711/cgroup': '0::/../docker/0a1b\n' })).toBeUndefined()
  const files = { ...realPorts().files, readText: () => Promise.reject(new UserError('file.denied', 'No.')) }
  expect(await readMemory(PID, files)).toBeUndefined()
})
