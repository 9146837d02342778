// In: a group of services. Out: the folder for what is known of them from start to start.
import { join } from 'node:path'
import type { RunServicesInput } from '../../targets/service.ts'

/** MLflow's own group was there before others were: it stays where it was, so that an older stack finds it. */
export function groupFolder({ stackDirectory, group }: RunServicesInput): string {
  const folder = join(stackDirectory, '.mlflow-setup')
  return group === 'mlflow' ? folder : join(folder, group)
}
