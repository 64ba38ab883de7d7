import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { connectForIngest } from './cli/connect.ts'
import { registerDoctor } from './cli/doctor.ts'
import { registerIngestCommand } from './cli/ingest/command.ts'
import { registerApiKey } from './cli/api-key.ts'
import { registerKeys } from './cli/keys.ts'
import { registerMigrate } from './cli/operator.ts'
import { registerSeed } from './cli/seed.ts'
import { registerStart } from './cli/start.ts'
import { registerTenant } from './cli/tenant.ts'
import { registerAudit } from './cli/audit.ts'
import { registerUser } from './cli/user.ts'
import { ConfigError } from './config.ts'
import { StackInUseError } from './embedded/lock.ts'
import { StartError } from './embedded/supervise.ts'
import { expectedError } from './graphql/errors.ts'
import { AppError } from './platform/errors.ts'

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const speedOf = (text: string): number => {
  const speed = Number(text)
  if (speed >= 0.1 && speed <= 100) return speed
  throw new InvalidArgumentError('Expected a number from 0.1 to 100.')
}

const program = new Command('heliograph')
  .description('One typed GraphQL graph over live operations.')
  .version(version, '--version', 'print the version')
  .showHelpAfterError('Try "heliograph --help".')

registerStart(program, speedOf)
registerMigrate(program)
registerSeed(program)
registerIngestCommand(program, { connect: connectForIngest })
registerTenant(program)
registerUser(program)
registerApiKey(program)
registerAudit(program)
registerKeys(program)
registerDoctor(program)

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

/** What a person can mend is one clear message and exit code 1; anything else is a bug and shows its stack. */
const fail = (error: unknown): void => {
  process.exitCode = 1
  const known =
    error instanceof ConfigError || error instanceof StartError || error instanceof StackInUseError
  const shown = known ? error : expectedError(error)
  process.stderr.write(
    `\nheliograph: ${shown ? shown.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
}

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
}
