// In: an action that writes the key of a certificate. Out: who may read that file.

/** Containers read it as users without a name on this machine: there the 0700 of the stack directory keeps others out. */
export function keyMode({ inContainers }: { readonly inContainers?: true }): number {
  return inContainers === true ? 0o644 : 0o600
}
