import { readFile, writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { assertPrepared } from './cli/prepared.ts'
import { ConfigError } from './config.ts'
import { StackInUseError } from './embedded/lock.ts'
import { StartError } from './embedded/start-error.ts'
import { AppError } from './platform/errors.ts'
import { nameByAddress } from './resolution.ts'

nameByAddress()

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('heliograph')
  .description('One typed GraphQL graph over live operations.')
  .version(version, '--version', 'print the version')
  .showHelpAfterError('Try "heliograph --help".')
  .hook('preAction', () => assertPrepared())

// Each command loads its own part of the program only: with the graph a command takes three times as long.
const commands: Record<string, () => Promise<void>> = {
  start: async () => (await import('./cli/start.ts')).registerStart(program),
  dev: async () => (await import('./cli/dev.ts')).registerDev(program),
  migrate: async () => (await import('./cli/operator.ts')).registerMigrate(program),
  seed: async () => (await import('./cli/seed.ts')).registerSeed(program),
  ingest: async () => {
    const connect = (await import('./cli/connect.ts')).connectWith('ingest')
    ;(await import('./cli/ingest/command.ts')).registerIngestCommand(program, { connect })
  },
  source: async () => {
    const connect = (await import('./cli/connect.ts')).connectWith('ingest')
    ;(await import('./cli/source/command.ts')).registerSource(program, { connect })
  },
  rules: async () => {
    const { connectWith } = await import('./cli/connect.ts')
    ;(await import('./cli/rules/command.ts')).registerRules(program, connectWith)
  },
  tenant: async () => (await import('./cli/tenant.ts')).registerTenant(program),
  user: async () => (await import('./cli/user.ts')).registerUser(program),
  'api-key': async () => (await import('./cli/api-key.ts')).registerApiKey(program),
  audit: async () => (await import('./cli/audit.ts')).registerAudit(program),
  keys: async () => (await import('./cli/keys.ts')).registerKeys(program),
  doctor: async () => (await import('./cli/doctor.ts')).registerDoctor(program),
}
const named = commands[process.argv[2] ?? '']
for (const register of named ? [named] : Object.values(commands)) await register()

program
  .command('schema')
  .description('The graph as text')
  .command('print')
  .description('Print the schema in the schema definition language')
  .option('--out <file>', 'write it there instead')
  .action(async ({ out }: { out?: string }) => {
    const { printedSchema } = await import('./graphql/schema.ts')
    if (out)
      await writeFile(out, printedSchema()).catch((cause: unknown) => {
        throw new AppError('BAD_REQUEST', `${out} can't be written: ${(cause as Error).message}.`, { cause })
      })
    else process.stdout.write(printedSchema())
  })

/**
 * What a person can mend is one clear message and exit code 1; anything else is a bug and shows its stack.
 */
const fail = async (error: unknown): Promise<void> => {
  process.exitCode = 1
  const { expectedError } = await import('./graphql/errors.ts')
  const known =
    error instanceof ConfigError || error instanceof StartError || error instanceof StackInUseError
  const shown = known ? error : expectedError(error)
  process.stderr.write(
    `\nheliograph: ${shown ? shown.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
}

// A bug that nothing caught. On this road, as on every other, stores and engine are ended at 'exit'
// (`embedded/watchdog.ts`, `embedded/clickhouse.ts`), which would lose what Node prints after it.
process.on('uncaughtException', (error) => {
  process.stderr.write(
    `\nheliograph: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  process.exit(1)
})

// Whoever reads has had enough (`| head -1`): what is under way ends as it would.
for (const out of [process.stdout, process.stderr])
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

try {
  await program.parseAsync()
} catch (error) {
  await fail(error)
}
