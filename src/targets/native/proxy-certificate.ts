// In: a Stack behind nginx. Out: the action that gets its certificate, and where that is.
import { join } from 'node:path'
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { PublicAddress } from './public-address.ts'

export interface CertificateLayout {
  /** The chain and key that nginx reads. */
  readonly certificate: string
  readonly key: string
  /** The root of the stack's own authority, which clients need, and its key. */
  readonly root: string
  readonly rootKey: string
}

export function certificateLayout({ directory, spec }: Stack): CertificateLayout {
  const at = (name: string) => join(directory, 'tls', name)
  // A container sees its own folder only: not the one with the authority's key.
  const shown = (name: string) => (spec.target === 'compose' ? join(directory, 'nginx', 'tls', name) : at(name))
  return { certificate: shown('certificate.pem'), key: shown('key.pem'), root: at('ca.pem'), rootKey: at('ca-key.pem') }
}

/** PEM file of the roots by which clients trust the public address; undefined: they need none, or there is no TLS. */
export function clientCaFile(stack: Stack): string | undefined {
  const { spec } = stack
  const { root, certificate } = certificateLayout(stack)
  if (spec.tls.kind === 'off' || spec.proxy.kind === 'none') return undefined
  // A chain that its user gave ends with a root that the world trusts, or with their own: then it is in the file.
  return spec.tls.kind === 'self-signed' ? root : certificate
}

/** None where the address is plain HTTP. */
export function certificateActions(stack: Stack, address: PublicAddress, needs: readonly string[]): readonly Action[] {
  const { tls, runAs, proxy } = stack.spec
  const { certificate, key, root, rootKey } = certificateLayout(stack)
  const host = address.url.hostname
  // The system's nginx reads it as root.
  const owner = {
    ...(runAs === undefined || proxy.kind === 'system' ? {} : { owner: runAs }),
    ...(proxy.kind === 'container' ? { inContainers: true as const } : {}),
  }
  const about = { name: certificate, title: 'certificate', needs }
  if (!address.tls || tls.kind === 'off') return []
  if (tls.kind === 'files') {
    const from = { certificate: tls.certificate, key: tls.key }
    const detail = `for ${host}, from your files`
    return [buildAction('install-certificate', { ...about, detail }, { host, from, certificate, key, ...owner })]
  }
  const detail = `for ${host}, by an authority of this stack's own`
  const input = { host, root, rootKey, certificate, key, ...owner }
  return [buildAction('make-certificate', { ...about, detail }, input)]
}
