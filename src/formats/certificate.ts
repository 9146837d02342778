// In: a key, names and dates. Out: an X.509 certificate (RFC 5280) by an authority of our own, as PEM.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from '../secret.ts'
import { bits, explicit, implicit, integer, octets, oid, sequence, set, time, TRUE, utf8 } from './der.ts'

export interface Validity {
  readonly from: Date
  readonly until: Date
}

/** What all certificates need. Keys are PEM, on the curve P-256. */
export interface CertificateRequest {
  /** The common name of the subject. */
  readonly name: string
  readonly key: Secret
  /** 1 to 20 bytes, unique for its issuer. */
  readonly serial: Uint8Array
  readonly validity: Validity
}

export interface Authority {
  readonly name: string
  readonly key: Secret
}

const VERSION_3 = explicit(0, integer(Buffer.from([2])))
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const COMMON_NAME = oid('2.5.4.3')
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1')
const EXTENSION = {
  subjectKeyId: oid('2.5.29.14'),
  keyUsage: oid('2.5.29.15'),
  alternativeNames: oid('2.5.29.17'),
  basicConstraints: oid('2.5.29.19'),
  authorityKeyId: oid('2.5.29.35'),
  extendedKeyUsage: oid('2.5.29.37'),
}

/** The root of an authority: it may sign certificates of servers, but no further authorities. */
export function renderRootCertificate(request: CertificateRequest): string {
  const pathLength = integer(Buffer.from([0]))
  return render(request, request, [
    extension(EXTENSION.basicConstraints, sequence(TRUE, pathLength), true),
    // keyCertSign and cRLSign.
    extension(EXTENSION.keyUsage, bits(Buffer.from([0b0000_0110]), 1), true),
  ])
}

/** A server's certificate for these host names and addresses, signed by `issuer`. */
export function renderServerCertificate(
  request: CertificateRequest,
  hosts: readonly string[],
  issuer: Authority,
): string {
  return render(request, issuer, [
    extension(EXTENSION.basicConstraints, sequence(), true),
    // digitalSignature.
    extension(EXTENSION.keyUsage, bits(Buffer.from([0b1000_0000]), 7), true),
    extension(EXTENSION.extendedKeyUsage, sequence(SERVER_AUTH)),
    extension(EXTENSION.alternativeNames, sequence(...hosts.map(alternativeName))),
    // Python 3.13 refuses certificates that do not name their issuer's key.
    extension(EXTENSION.authorityKeyId, sequence(implicit(0, keyId(issuer.key)))),
  ])
}

/** The text of a file that has the key and nothing else. */
export function renderKey(key: Secret): string {
  return key.reveal()
}

function render(request: CertificateRequest, issuer: Authority, extensions: readonly Buffer[]): string {
  const { name, key, serial, validity } = request
  const ownId = extension(EXTENSION.subjectKeyId, octets(keyId(key)))
  const signed = sequence(
    VERSION_3,
    integer(serial),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.name),
    sequence(time(validity.from), time(validity.until)),
    distinguishedName(name),
    publicKey(key),
    explicit(3, sequence(...extensions, ownId)),
  )
  const signature = sign('sha256', signed, privateKey(issuer.key))
  return renderPem('CERTIFICATE', sequence(signed, ECDSA_WITH_SHA256, bits(signature)))
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8(commonName))))
}

function extension(id: Buffer, value: Buffer, critical = false): Buffer {
  return critical ? sequence(id, TRUE, octets(value)) : sequence(id, octets(value))
}

/** `[2]` a host name, `[7]` the bytes of an address. */
function alternativeName(host: string): Buffer {
  const address = addressBytes(host)
  return address === undefined ? implicit(2, Buffer.from(host)) : implicit(7, address)
}

/** The bytes of `192.0.2.1`, `::1` or `[::1]`; undefined for a name. */
function addressBytes(host: string): Buffer | undefined {
  if (/^\d+(\.\d+){3}$/u.test(host)) return Buffer.from(host.split('.').map(Number))
  const plain = host.replaceAll(/[[\]]/gu, '')
  if (!plain.includes(':')) return undefined
  const [before = [], after = []] = plain.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

function keyId(key: Secret): Buffer {
  return createHash('sha256').update(publicKey(key)).digest().subarray(0, 20)
}

function publicKey(key: Secret): Buffer {
  return createPublicKey(privateKey(key)).export({ type: 'spki', format: 'der' })
}

function privateKey(key: Secret): KeyObject {
  return createPrivateKey(key.reveal())
}

function renderPem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/gu) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
