// In: a service and who runs it. Out: the text of its systemd unit.
import { isAbsolute, relative } from 'node:path'
import { renderUnitName, renderUnitPath, renderUnitWord } from '../../formats/systemd-unit.ts'
import { renderTemplate } from '../../plan/render-templates.ts'
import type { RunServicesInput, Service } from '../../targets/service.ts'

/** Threads and processes: a worker of MLflow has some sixty, and this leaves room for sixty-four of them. */
const TASKS = 4096

export function unitNameOf(input: RunServicesInput, { name }: Pick<Service, 'name'>): string {
  return renderUnitName(`mlflow-setup-${input.stackName}-${name}.service`)
}

/** `uid`: who owns the stack directory; a system unit without a user of its own runs as that one. Throws UserError for a path that no unit can hold. */
export function renderUnit(template: string, input: RunServicesInput, service: Service, uid: number): string {
  const system = input.supervisor === 'systemd'
  const [file, ...args] = [service.command.file, ...service.command.args].map(renderUnitWord)
  const values = {
    stackName: input.stackName,
    serviceName: service.name,
    stackDirectory: input.stackDirectory,
    // The first service of a group has its name.
    after: input.after.map((name) => ` ${unitNameOf(input, { name })}`).join(''),
    // `:` switches the replacement of $VARIABLE off, so that a path may have one in it.
    command: [`:${file ?? ''}`, ...args].join(' '),
    workingDirectory: service.workingDirectory,
    environmentFile: service.environmentFile ?? false,
    withheld: service.withheld.length === 0 ? false : service.withheld.join(' '),
    user: system ? userOf(service, uid) : false,
    log: system ? false : service.log,
    stopSignal: service.stopSignal,
    stopSeconds: Math.ceil(service.stopTimeoutMs / 1000),
    tasks: TASKS,
    memoryBytes: service.memoryBytes ?? false,
    // The user's systemd cannot make mount namespaces everywhere; a failure there would keep the server from starting.
    sandbox: system,
    ...sandboxOf(input, service),
    wantedBy: system ? 'multi-user.target' : 'default.target',
  }
  return renderTemplate(template, values, {})
}

function userOf({ user }: Service, uid: number): string | false {
  return user ?? (uid === 0 ? false : String(uid))
}

function sandboxOf({ stackDirectory, python }: RunServicesInput, service: Service) {
  // What has a user of its own has folders of its own; everything else of the stack it only reads.
  const writable = service.user === undefined ? [stackDirectory, ...service.writes] : service.writes
  const needed = [stackDirectory, service.command.file, python, ...service.writes]
  return {
    writable: writable.map(renderUnitPath).join(' '),
    // A private /tmp would hide a stack that lives in the real one, and so would the homes.
    privateTmp: !isInside(stackDirectory, ['/tmp', '/var/tmp']),
    protectHome: needed.some((path) => isInside(path, ['/home', '/root', '/run/user'])) ? 'read-only' : 'yes',
    fixedCode: service.makesCode !== true,
    capabilities: service.port !== undefined && service.port < 1024 ? 'CAP_NET_BIND_SERVICE' : false,
  }
}

function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const way = relative(folder, path)
    return !way.startsWith('..') && !isAbsolute(way)
  })
}
