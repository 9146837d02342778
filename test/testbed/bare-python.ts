import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/**
 * A Python in `folder` as Debian has it without python3-venv and python3-pip: neither pip nor ensurepip. It is a copy of this
 * machine's own, with links to its modules but for those. Undefined where the copy does not run (a Python that is linked to its place).
 */
export async function makeBarePython(folder: string): Promise<string | undefined> {
  const ask = 'import os, sys; print(sys._base_executable); print(os.path.dirname(os.__file__))'
  const { stdout } = await execa('python3', ['-I', '-c', ask])
  const [program = '', modules = ''] = stdout.split('\n')
  const version = /python3\.\d+/.exec(modules)?.[0] ?? 'python3'
  const [bin, library] = [join(folder, 'bin'), join(folder, 'lib', version)]
  await Promise.all([mkdir(bin, { recursive: true }), mkdir(library, { recursive: true })])
  await copyFile(program, join(bin, 'python3'))
  const left = (await readdir(modules)).filter((name) => !['ensurepip', 'site-packages'].includes(name))
  await Promise.all(left.map((name) => symlink(join(modules, name), join(library, name))))
  const check = 'import sys, importlib.util as u; sys.exit(any(u.find_spec(name) for name in ("pip", "ensurepip")))'
  const { exitCode } = await execa(join(bin, 'python3'), ['-E', '-s', '-c', check], { reject: false })
  return exitCode === 0 ? bin : undefined
}
