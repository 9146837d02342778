// In: nothing. Out: what the actions that set nginx up need to know: passwords, certificates, configurations.
import type { TemplateValues } from './template-values.ts'

/** The htpasswd file of nginx. Entries that others made stay as they are. */
export interface SetPasswordFileInput {
  readonly path: string
  /** Its password is the secret MLFLOW_SETUP_ADMIN_PASSWORD. */
  readonly adminUser: string
  /** The user whose processes read it; absent: whoever runs this program. */
  readonly owner?: string
  /** Whether somebody else sees to it who may read the file. */
  readonly keepsMode?: boolean
  /** nginx's cache of checked logins, which belongs to the same user; in a container as it is seen in there. */
  readonly logins: string
  /** The stack whose container reads it: as a user without a name here, so the stack directory keeps everybody else out. */
  readonly container?: StackPlace
}

/** The folder that holds a `compose.yaml`. */
export interface StackPlace {
  readonly stackDirectory: string
}

/** A certificate by a small authority of the stack's own. */
export interface MakeCertificateInput {
  /** Host name or address that it is for. */
  readonly host: string
  /** PEM files: the authority's root, which clients need, and its key; the chain and key for nginx. */
  readonly root: string
  readonly rootKey: string
  readonly certificate: string
  readonly key: string
  /** The user whose processes read certificate and key; absent: whoever runs this program. */
  readonly owner?: string
  /** Who reads the key has no name on this machine, and the stack directory keeps everybody else out. */
  readonly inContainers?: true
}

/** Roots by which a store is trusted, copied to where containers may read them. */
export interface InstallRootsInput {
  readonly from: string
  readonly path: string
}

/** A certificate of the user's, copied to where nginx may read it, after it was checked. */
export interface InstallCertificateInput {
  readonly host: string
  readonly from: { readonly certificate: string; readonly key: string }
  readonly certificate: string
  readonly key: string
  readonly owner?: string
  readonly inContainers?: true
}

/** A configuration as far as it is known without asking the machine. */
export interface NginxTemplate {
  /** The nginx program. */
  readonly program: string
  readonly template: string
  readonly values: TemplateValues
  /** A certificate of the user's: browsers are told to stay with https where the world trusts it. Absent: they are not. */
  readonly hstsCertificate?: string
}

/** The whole configuration of an nginx of the stack's own, tested with `nginx -t` before it counts. */
export interface WriteNginxConfigInput extends NginxTemplate {
  readonly path: string
  /** The user that it runs as; empty: whoever starts it. */
  readonly user: string
  /** What the tested draft has instead: files in `draft/`, so that it touches none of a running nginx. */
  readonly draftValues: TemplateValues
}

/** One site file in the system's nginx: tested with `nginx -t`, put back when that fails, then reloaded. */
export interface WriteSystemSiteInput extends NginxTemplate {
  /** The file's name, in the folder where this nginx looks for sites. */
  readonly name: string
  /** Which stack a site of that name belongs to. */
  readonly stackDirectory: string
  /** What nobody else's site may answer to. */
  readonly serverNames: readonly string[]
  readonly ports: readonly number[]
  /** Files whose change needs a reload: certificate and key. */
  readonly reads: readonly string[]
  /** The htpasswd file, which nginx's workers must be able to read; absent: no login. */
  readonly passwords?: string
}
