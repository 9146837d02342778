// In: the stack that is there and the wanted one. Out: nothing; beside the results it is said what stays in the old stores.
import { printAside } from '../report/print.ts'
import { formatStoreChanges } from '../report/store-changes.ts'
import { makeStyle } from '../report/style.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import type { CommonOptions } from './options.ts'

export function tellStoreChanges(
  { terminal, host }: CommandContext,
  { json }: CommonOptions,
  existing: Stack | undefined,
  wanted: Stack,
): void {
  const lines = formatStoreChanges(existing?.spec, wanted.spec, makeStyle(terminal, host.home), terminal.columns)
  if (!json && lines.length > 0) printAside(terminal, lines)
}
