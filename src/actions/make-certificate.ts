// In: a host name. Out: a certificate by an authority of our own.
import type { MakeCertificateInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const makeCertificate: ActionKindOf<MakeCertificateInput> = {
  inspect: () => Promise.reject(new Error('make-certificate is not part of this version')),
  apply: () => Promise.reject(new Error('make-certificate is not part of this version')),
}
