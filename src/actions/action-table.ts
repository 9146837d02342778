// In: an action. Out: its kind's way to look and to do. One line a kind.
import type { Inspection } from '../plan/plan.ts'
import type { Action, ActionInputs, ActionKind, ActionOf } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { compileCode } from './compile-code.ts'
import { createUser } from './create-user.ts'
import { createCluster } from './create-cluster.ts'
import { createDatabase } from './create-database.ts'
import { initialiseSchema } from './initialise-schema.ts'
import { createBucket } from './create-bucket.ts'
import { setPasswordFile } from './set-password-file.ts'
import { makeCertificate } from './make-certificate.ts'
import { installCertificate } from './install-certificate.ts'
import { installRoots } from './install-roots.ts'
import { writeNginxConfig } from './write-nginx-config.ts'
import { writeSystemSite } from './write-system-site.ts'
import { buildImage } from './compose/build-image.ts'
import { prepareModel } from './compose/prepare-model.ts'
import { pullImages } from './compose/pull-images.ts'
import { runContainers } from './compose/run-containers.ts'
import { setDatabasePassword } from './compose/set-database-password.ts'
import { writeComposeFile } from './compose/write-compose-file.ts'
import { writeContainerNginx } from './compose/write-container-nginx.ts'
import { writeImageFile } from './compose/write-image-file.ts'
import { createVenv } from './create-venv.ts'
import { editAwsProfile } from './edit-aws-profile.ts'
import { initialiseStore } from './initialise-store.ts'
import { installPackages } from './install-packages.ts'
import { installSystemPackages } from './install-system-packages.ts'
import { makeDirectories } from './make-directories.ts'
import { retireServices } from './retire-services.ts'
import { runServices } from './run-services.ts'
import { writeFile } from './write-file.ts'
import { writeSpec } from './write-spec.ts'

const KINDS: { readonly [K in ActionKind]: ActionKindOf<ActionInputs[K]> } = {
  'make-directories': makeDirectories,
  'write-file': writeFile,
  'write-spec': writeSpec,
  'install-system-packages': installSystemPackages,
  'create-venv': createVenv,
  'install-packages': installPackages,
  'compile-code': compileCode,
  'initialise-store': initialiseStore,
  'create-user': createUser,
  'create-cluster': createCluster,
  'create-database': createDatabase,
  'initialise-schema': initialiseSchema,
  'create-bucket': createBucket,
  'set-password-file': setPasswordFile,
  'make-certificate': makeCertificate,
  'install-certificate': installCertificate,
  'install-roots': installRoots,
  'write-nginx-config': writeNginxConfig,
  'write-system-site': writeSystemSite,
  'edit-aws-profile': editAwsProfile,
  'retire-services': retireServices,
  'run-services': runServices,
  'pull-images': pullImages,
  'write-image-file': writeImageFile,
  'write-compose-file': writeComposeFile,
  'write-container-nginx': writeContainerNginx,
  'build-image': buildImage,
  'prepare-model': prepareModel,
  'set-database-password': setDatabasePassword,
  'run-containers': runContainers,
}

/** Looks at the world for one action; changes nothing. */
export function inspectAction(action: Action, ports: ActionPorts, signal: AbortSignal): Promise<Inspection> {
  return inspectKind(action, ports, signal)
}

/** Makes one action so. Throws UserError or ExternalError. */
export function applyAction(
  action: Action,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  return applyKind(action, ports, progress, signal)
}

// The parameter K ties the input of an action to the kind that takes it, which a plain union cannot.

function inspectKind<K extends ActionKind>(
  action: ActionOf<K>,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<Inspection> {
  return KINDS[action.kind].inspect(action.input, ports, signal)
}

function applyKind<K extends ActionKind>(
  action: ActionOf<K>,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  return KINDS[action.kind].apply(action.input, ports, progress, signal)
}
