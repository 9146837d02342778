// In: Machine. Out: the lines that say what was found before anything is asked.
import type { Machine } from '../answers/machine.ts'
import { formatBytes, formatCount, formatList, formatMemory } from './quantities.ts'
import type { Style } from './style.ts'

/**
 * `This machine: Debian 13 · 4 cores · …`, then what was found and what was not.
 * `columns` is what a line may take: less than the terminal's when the lines stand beside a guide bar.
 */
export function formatMachine(
  machine: Machine,
  diskFreeBytes: number,
  style: Style,
  columns = style.columns - 3,
): string[] {
  const dot = ` ${style.symbols.dot} `
  const size = [
    `${style.bold('This machine')}: ${machine.system}`,
    formatCount(machine.cores, 'core'),
    `${formatMemory(machine.memoryBytes)} of memory free`,
    `${formatBytes(diskFreeBytes)} of disk free`,
  ]
  const found = foundParts(machine)
  const missing = missingParts(machine)
  const what = [
    ...(found.length > 0 ? [`found ${formatList(found)}`] : []),
    ...(missing.length > 0 ? [`not found: ${formatList(missing)}`] : []),
  ]
  return [
    ...joinParts(size, dot, columns, style),
    ...joinParts(what, dot, columns, style).map(style.dim),
    ...pythonTrouble(machine, style).flatMap((line) => style.wrap(line, columns)),
  ]
}

function foundParts(machine: Machine): string[] {
  const python = machine.pythons[0]
  return [
    ...(python === undefined ? [] : [`Python ${python.version}`]),
    ...(machine.uv === undefined ? [] : ['uv']),
    ...(machine.systemd ? ['systemd'] : machine.systemdUser ? ['systemd for this user'] : []),
  ]
}

function missingParts(machine: Machine): string[] {
  return [
    ...(machine.pythons.length === 0 ? ['a usable Python'] : []),
    ...(machine.systemd || machine.systemdUser ? [] : ['systemd']),
  ]
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
