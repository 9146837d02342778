import { assert, property, integer, ipV4, ipV6 } from 'fast-check'
import { expect, it } from 'vitest'
import { whyNotNetwork, whyNotNetworks } from '../../../src/answers/networks.ts'

it.each(['10.0.0.0/8', '0.0.0.0/0', '192.168.1.7', '10.1.2.3/32', '2001:db8::/32', '::1', '::/0', 'fe80::1.2.3.4'])(
  '%s is a network',
  (network) => expect(whyNotNetwork(network)).toBeUndefined(),
)

it.each([
  ['10.0.0.5/8', 'is an address within a network; write 10.0.0.0/8 for all of it, or 10.0.0.5'],
  ['2001:DB8::7/32', 'is an address within a network; write 2001:db8::/32 for all of it, or 2001:DB8::7'],
  ['10.0.0.0/33', 'has no length from 0 to 32 after the slash'],
  ['::/129', 'has no length from 0 to 128 after the slash'],
  ['10.0.0.0/', 'has no length from 0 to 32 after the slash'],
  ['10.0.0.0/8/8', 'is not a network such as 10.0.0.0/8'],
  ['010.0.0.1', 'is not a network such as 10.0.0.0/8'],
  ['10.0.0', 'is not a network such as 10.0.0.0/8'],
  ['fe80::1%eth0', 'is not a network such as 10.0.0.0/8'],
  ['all;', 'is not a network such as 10.0.0.0/8'],
])('%s: %s', (network, why) => expect(whyNotNetwork(network)).toBe(why))

it('of a list the wrong one is named', () => {
  expect(whyNotNetworks('10.0.0.0/8, 192.168.1.7')).toBeUndefined()
  expect(whyNotNetworks('10.0.0.0/8, office')).toBe('names office, which is not a network such as 10.0.0.0/8')
  expect(whyNotNetworks(' , ')).toBe('names no network')
})

it('what it tells to write instead is right', () => {
  assert(property(ipV4(), integer({ min: 0, max: 32 }), (address, length) => curesItself(`${address}/${length}`)))
  assert(property(ipV6(), integer({ min: 0, max: 128 }), (address, length) => curesItself(`${address}/${length}`)))
})

function curesItself(network: string): void {
  const cure = /write (\S+) for all/.exec(whyNotNetwork(network) ?? '')?.[1]
  expect(whyNotNetwork(cure ?? network)).toBeUndefined()
}
