// In: a service and who runs it. Out: the text of its systemd unit.
import { isAbsolute, relative } from 'node:path'
import { renderUnitName, renderUnitPath, renderUnitWord } from '../../formats/systemd-unit.ts'
import { renderTemplate } from '../../plan/render-templates.ts'
import type { RunServicesInput, Service } from '../../targets/service.ts'

export function unitNameOf(input: RunServicesInput, service: Service): string {
  return renderUnitName(`mlflow-setup-${input.stackName}-${service.name}.service`)
}

/** `uid`: who owns the stack directory; a system unit runs as that user. Throws UserError for a path that no unit can hold. */
export function renderUnit(template: string, input: RunServicesInput, service: Service, uid: number): string {
  const system = input.supervisor === 'systemd'
  const [file, ...args] = [service.command.file, ...service.command.args].map(renderUnitWord)
  const values = {
    stackName: input.stackName,
    serviceName: service.name,
    // `:` switches the replacement of $VARIABLE off, so that a path may have one in it.
    command: [`:${file ?? ''}`, ...args].join(' '),
    workingDirectory: service.workingDirectory,
    environmentFile: service.environmentFile ?? false,
    user: system && uid !== 0 ? String(uid) : false,
    log: system ? false : service.log,
    stopSeconds: Math.ceil(service.stopTimeoutMs / 1000),
    // The user's systemd cannot make mount namespaces everywhere; a failure there would keep the server from starting.
    sandbox: system,
    writable: [input.stackDirectory, ...service.writes].map(renderUnitPath).join(' '),
    // A private /tmp would hide a stack that lives in the real one.
    privateTmp: !['/tmp', '/var/tmp'].some((folder) => isInside(input.stackDirectory, folder)),
    wantedBy: system ? 'multi-user.target' : 'default.target',
  }
  return renderTemplate(template, values, {})
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return !way.startsWith('..') && !isAbsolute(way)
}
