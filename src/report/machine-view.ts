// In: Machine. Out: the lines that say what was found before anything is asked.
import type { FoundEngine, Machine, MachineSize } from '../answers/machine.ts'
import { minorOf } from '../formats/version.ts'
import { formatBytes, formatCount, formatList, formatMemory } from './quantities.ts'
import type { Style } from './style.ts'

/**
 * `This machine: Debian 13 · 4 cores · …`.
 * `columns` is what a line may take: less than the terminal's when the lines stand beside a guide bar.
 */
export function formatMachineSize(
  size: MachineSize,
  diskFreeBytes: number,
  style: Style,
  columns = style.columns - 3,
): string[] {
  const parts = [
    `${style.bold('This machine')}: ${size.system}`,
    formatCount(size.cores, 'core'),
    `${formatMemory(size.memoryBytes)} of memory free`,
    `${formatBytes(diskFreeBytes)} of disk free`,
  ]
  return joinParts(parts, ` ${style.symbols.dot} `, columns, style)
}

/** `found Python 3.13.5 and systemd`, what was not found, and why no Python will do. */
export function formatMachineFound(machine: Machine, style: Style, columns = style.columns - 3): string[] {
  const found = foundParts(machine)
  const missing = missingParts(machine)
  const what = [
    ...(found.length > 0 ? [`found ${formatList(found)}`] : []),
    ...(missing.length > 0 ? [`not found: ${formatList(missing)}`] : []),
  ]
  return [
    ...joinParts(what, ` ${style.symbols.dot} `, columns, style).map(style.dim),
    ...pythonTrouble(machine, style).flatMap((line) => style.wrap(line, columns)),
  ]
}

function foundParts(machine: Machine): string[] {
  const python = machine.pythons[0]
  const postgres = machine.postgres.programs[0]
  return [
    ...(python === undefined ? [] : [`Python ${python.version}`]),
    ...(machine.uv === undefined ? [] : ['uv']),
    ...(postgres === undefined ? [] : [`PostgreSQL ${postgres.major}`]),
    ...(machine.nginx === undefined ? [] : [`nginx ${machine.nginx.version}`]),
    ...(machine.systemd ? ['systemd'] : machine.systemdUser ? ['systemd for this user'] : []),
    ...(machine.engine.kind === 'none' ? [] : [nameEngine(machine.engine)]),
  ]
}

function missingParts(machine: Machine): string[] {
  return [
    ...(machine.pythons.length === 0 ? ['a usable Python'] : []),
    ...(machine.postgres.programs.length === 0 ? ['PostgreSQL'] : []),
    ...(machine.nginx === undefined ? ['nginx'] : []),
    ...(machine.systemd || machine.systemdUser ? [] : ['systemd']),
    ...(machine.engine.kind === 'none' ? ['Docker'] : []),
  ]
}

/** `Docker 28.5 with Compose 2.40`, or why it is of no use. */
function nameEngine(engine: Exclude<FoundEngine, { readonly kind: 'none' }>): string {
  switch (engine.kind) {
    case 'ready': {
      const compose = engine.composeVersion
      const name = `${engine.rootless ? 'rootless ' : ''}Docker ${minorOf(engine.version)}`
      return compose === undefined ? `${name} without Compose` : `${name} with Compose ${minorOf(compose)}`
    }
    case 'stopped':
      return 'Docker (not running)'
    case 'forbidden':
      return 'Docker (not for this user)'
    case 'remote':
      return 'Docker (on another machine)'
    case 'failing':
      return 'Docker (not working)'
    case 'podman':
      return 'Podman'
  }
}

/** Which Pythons were looked at matters only when none of them will do. */
function pythonTrouble(machine: Machine, style: Style): string[] {
  if (machine.pythons.length > 0) return []
  return machine.rejectedPythons.map((python) => style.yellow(`${style.home(python.path)}: ${python.why}`))
}

/** Puts parts on as few lines as the width allows; a separator never ends or starts a line. */
function joinParts(parts: readonly string[], separator: string, columns: number, style: Style): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const longer = last === undefined ? part : last + separator + part
    if (last !== undefined && style.width(longer) <= columns) lines[lines.length - 1] = longer
    else lines.push(...style.wrap(part, columns))
  }
  return lines
}
