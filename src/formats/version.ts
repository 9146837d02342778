// In: versions of programs. Out: which is newer, and what they are called in short.

/** Whether a version such as `1.22.1` or `3.11.0rc1` is at least another one; what comes after its numbers does not count. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [left, right] = [version, wanted].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)))
  for (const [at, number] of (right ?? []).entries()) {
    const own = left?.[at] ?? 0
    if (own !== number) return own > number
  }
  return true
}

/** `3.11` of `3.11.7`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}
