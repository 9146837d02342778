// In: a certificate of the user's. Out: a checked copy where nginx reads it.
import type { InstallCertificateInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const installCertificate: ActionKindOf<InstallCertificateInput> = {
  inspect: () => Promise.reject(new Error('install-certificate is not part of this version')),
  apply: () => Promise.reject(new Error('install-certificate is not part of this version')),
}
