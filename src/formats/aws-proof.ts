// In: an AWS file before and after an edit. Out: what an independent reader says against it.
import { parse } from 'ini'

type Plain = Readonly<Record<string, unknown>>

/**
 * Reads both with the package `ini` and names the first option outside of `sections` that is not in both alike; undefined
 * when there is none. `ini` flattens indented blocks, drops comments and cuts values at `#` and `;`, but both times in the
 * same way: it may look, never write.
 */
export function findDamage(before: string, after: string, sections: readonly string[]): string | undefined {
  const [was, is]: readonly [Plain, Plain] = [parse(before), parse(after)]
  return firstLoss(was, is, [], sections) ?? firstLoss(is, was, [], sections)
}

/** `ini` takes names of sections apart at their dots, so they are put together again on the way down. */
function firstLoss(from: Plain, into: Plain, path: readonly string[], sections: readonly string[]): string | undefined {
  for (const [key, value] of Object.entries(from)) {
    const here = [...path, key]
    const other = into[key]
    if (sections.includes(here.join('.'))) continue
    const loss = isPlain(value)
      ? firstLoss(value, isPlain(other) ? other : {}, here, sections)
      : JSON.stringify(other) === JSON.stringify(value)
        ? undefined
        : here.join('.')
    if (loss !== undefined) return loss
  }
  return undefined
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
