// In: CommandContext. Out: the command line parser: every command with its options, loaded when it runs.
import { Command, CommanderError } from 'commander'
import type { Answers } from '../answers/answers.ts'
import { buildOptions } from '../answers/to-options.ts'
import type { CommandContext } from './command-context.ts'
import type { AnswerOptions, CommonOptions } from './options.ts'
import { HELP_WIDTH } from './ready-text.ts'
import { wrongCommandLine } from './wrong-command-line.ts'

const USAGE = `Sets up an MLflow server and proves that it works.

Without a command: the wizard. It asks, shows the plan, asks once, applies it and proves it.
In scripts: --yes, or a pipe, or CI; every question is also a flag, a variable and a key of an answers file.`

const EXAMPLES = `
Examples:
  mlflow-setup                                 the wizard
  mlflow-setup --yes                           a server for you, on this machine
  mlflow-setup plan                            what would change
  mlflow-setup test http://mlflow.example.com  whether any tracking server works

Exit codes: 0 fine, 1 failed or unhealthy, 2 wrong or missing input,
            4 changes pending (plan --check), 130 cancelled.

Not affiliated with the MLflow Project.`

/** Returns what runs the program with its arguments and gives the exit code. Throws UserError for a wrong command line. */
export function buildProgram(context: CommandContext): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    let exitCode = 0
    const program = describe(context, (code) => (exitCode = code))
    try {
      await program.parseAsync([...args], { from: 'user' })
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      if (error.exitCode === 0) return 0
      throw await wrongCommandLine(error, program, args)
    }
    return exitCode
  }
}

type Finish = (exitCode: number) => void

function describe(context: CommandContext, finish: Finish): Command {
  const program = new Command('mlflow-setup')
    .description(USAGE)
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text),
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(context.terminal.columns, HELP_WIDTH),
    })
    .addHelpText('after', EXAMPLES)
  withAnswers(withCommon(program)).action(async (_options, command: Command) =>
    finish(await (await import('./setup.ts')).setup(context, answerOptions(command))),
  )
  describeChanges(program, context, finish)
  describeServices(program, context, finish)
  describeClient(program, context, finish)
  describeUsers(program, context, finish)
  describeModel(program, context, finish)
  return program
}

function describeChanges(program: Command, context: CommandContext, finish: Finish): void {
  withAnswers(withCommon(program.command('plan').description('show what apply would change')))
    .option('--check', 'exit 4 when something would change')
    .action(async (_options, command: Command) => {
      const { plan } = await import('./plan.ts')
      finish(await plan(context, { ...answerOptions(command), check: command.opts()['check'] === true }))
    })
  withCommon(program.command('apply').description('bring the stack to what mlflow-setup.yaml says'))
    .option('--replace <file...>', 'write these edited files again, after a backup')
    .action(async (_options, command: Command) => {
      const { apply } = await import('./apply.ts')
      finish(await apply(context, { ...commonOptions(command), replace: listOf(command.opts()['replace']) }))
    })
  withCommon(program.command('test').description('prove the stack, or any tracking server, as a client does'))
    .argument('[url]', 'a tracking server; user and password from MLFLOW_TRACKING_USERNAME and _PASSWORD')
    .option('--test-client <kind>', 'rest, python or all (default: all in a stack, rest for a URL)')
    .option('--keep', 'leave what the test made')
    .option('--python <path>', 'a Python with MLflow, to test a URL with')
    .action(async (url: string | undefined, _options, command: Command) => {
      const { test } = await import('./test.ts')
      const given = command.optsWithGlobals()
      finish(
        await test(context, {
          ...commonOptions(command),
          url,
          testClient: textOf(given['testClient']),
          keep: given['keep'] === true,
          python: textOf(given['python']),
        }),
      )
    })
}

function describeServices(program: Command, context: CommandContext, finish: Finish): void {
  withCommon(program.command('status').description('how the stack is doing')).action(
    async (_options, command: Command) => {
      const { status } = await import('./status.ts')
      finish(await status(context, commonOptions(command)))
    },
  )
  withCommon(program.command('logs').description('show the logs of the services'))
    .argument('[service]', 'only this one: mlflow, artifacts, postgresql or nginx')
    .option('-f, --follow', 'go on as it grows')
    .option('-n, --lines <number>', 'how many lines to begin with', '50')
    .action(async (service: string | undefined, _options, command: Command) => {
      const { logs } = await import('./logs.ts')
      const { follow, lines } = command.opts<{ follow?: boolean; lines: string }>()
      finish(await logs(context, { ...commonOptions(command), service, follow: follow === true, lines }))
    })
  const verbs = {
    start: 'start the services',
    stop: 'stop the services',
    restart: 'stop the services and start them again',
  } as const
  for (const verb of ['start', 'stop', 'restart'] as const) {
    withCommon(program.command(verb).description(verbs[verb])).action(async (_options, command: Command) => {
      const { controlServices } = await import('./control-services.ts')
      finish(await controlServices(context, commonOptions(command), verb))
    })
  }
}

function describeClient(program: Command, context: CommandContext, finish: Finish): void {
  withCommon(program.command('client').description('print what clients need, passwords and keys included'))
    .option('--format <format>', 'sh, fish, powershell, dotenv, conda or python', 'sh')
    .option('--user <name>', 'for another user than the first one')
    .option('--write-aws [profile]', "write the bucket's address and keys into ~/.aws (scenario 4)")
    .option('--remove-aws [profile]', 'take away what --write-aws wrote')
    .option('--replace', 'put lines of yours in ~/.aws aside that say otherwise')
    .option('--aws-policy', 'print the least that AWS must allow the keys of this stack')
    .addHelpText('after', '\nIn a shell: eval "$(mlflow-setup client)"')
    .action(async (_options, command: Command) => {
      const { client } = await import('./client.ts')
      const given = command.opts<Record<'writeAws' | 'removeAws', string | true | undefined>>()
      finish(
        await client(context, {
          ...commonOptions(command),
          format: textOf(command.opts()['format']),
          user: textOf(command.opts()['user']),
          writeAws: given.writeAws,
          removeAws: given.removeAws,
          replace: command.opts()['replace'] === true,
          awsPolicy: command.opts()['awsPolicy'] === true,
        }),
      )
    })
}

function describeUsers(program: Command, context: CommandContext, finish: Finish): void {
  const user = program.command('user').description('who may log in to the stack')
  withCommon(user.command('list').description('show the users')).action(async (_options, command: Command) => {
    const { listUsers } = await import('./user.ts')
    finish(await listUsers(context, commonOptions(command)))
  })
  const verbs = {
    add: 'let somebody log in',
    passwd: 'give a user another password',
    remove: 'let somebody log in no longer',
  } as const
  for (const verb of ['add', 'passwd', 'remove'] as const) {
    const described = withCommon(user.command(verb).description(verbs[verb])).argument('<name>', 'the user')
    if (verb !== 'remove')
      described.option(
        '--password-file <path>',
        'a file with the password (MLFLOW_SETUP_USER_PASSWORD; else it is made)',
      )
    described.action(async (name: string, _options, command: Command) => {
      const { changeUser } = await import('./user.ts')
      const passwordFile = textOf(command.opts()['passwordFile'])
      finish(await changeUser(context, { ...commonOptions(command), name, passwordFile }, verb))
    })
  }
}

function describeModel(program: Command, context: CommandContext, finish: Finish): void {
  const model = program.command('model').description('serve a model beside the stack (target compose)')
  withCommon(model.command('serve').description('serve it at <address>/model/invocations, and prove it'))
    .argument('<uri>', 'models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/RUN/PATH')
    .action(async (uri: string, _options, command: Command) => {
      const { serveModel } = await import('./model.ts')
      finish(await serveModel(context, { ...commonOptions(command), uri }))
    })
  withCommon(model.command('stop').description('serve it no longer, and remove its files here')).action(
    async (_options, command: Command) => {
      const { stopModel } = await import('./model.ts')
      finish(await stopModel(context, commonOptions(command)))
    },
  )
}

function withCommon(command: Command): Command {
  if (command.options.every(({ long }) => long !== '--dir')) command.option('--dir <path>', 'the stack directory')
  return command
    .option('--json', 'print one JSON document on stdout')
    .option('--verbose', 'say more')
    .option('--debug', 'show the stack of an error')
}

function withAnswers(command: Command): Command {
  command
    .option('-y, --yes', 'ask nothing: defaults count')
    .option('--answers <file>', 'read answers from a YAML or JSON file')
  for (const { flags, description, group } of buildOptions()) {
    if (flags.startsWith('--dir ')) continue
    command.addOption(command.createOption(flags, description).helpGroup(`${group}:`))
  }
  return command
}

function commonOptions(command: Command): CommonOptions {
  const given = command.optsWithGlobals()
  return { dir: textOf(given['dir']), json: given['json'] === true, verbose: given['verbose'] === true }
}

function answerOptions(command: Command): AnswerOptions {
  const given = command.optsWithGlobals()
  const flags: Partial<Record<keyof Answers, string>> = {}
  for (const { id } of buildOptions()) {
    const value = textOf(given[id])
    if (value !== undefined) flags[id] = value
  }
  return { ...commonOptions(command), flags, yes: given['yes'] === true, answers: textOf(given['answers']) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
