import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { measures } from '../../modules/measures.ts'
import { checkedRules } from '../../modules/alerting/alert-rule.apply.ts'
import { AppError } from '../../platform/errors.ts'
import { ValidationError } from '../../platform/problems.ts'
import { createGraph, type Graph } from '../graph.ts'
import type { ConnectOptions } from '../ingest/flags.ts'
import { printResult } from '../output.ts'
import { changesText, countsOf } from './changes-text.ts'
import { applyRules, exportedRules } from './remote.ts'
import { placedErrors, readRules, writtenRules } from './rule-file.ts'

type Flags = ConnectOptions & { json?: boolean }
type Connect = (options: ConnectOptions) => Promise<{ url: string; apiKey: string }>

const examples = `
A file is YAML or JSON: "rules:" with a list of rules in the form of AlertRule.definition; docs/alerting.md has each field.
Rules are matched by their names, and all of a file are changed in one transaction, or none.
Exit codes: 0 done, 1 failed or wrong.

Examples:
  heliograph rules check rules.yaml
  heliograph rules apply rules.yaml --dry-run
  heliograph rules apply rules.yaml --prune
  heliograph rules export rules.yaml
  heliograph rules export --json | heliograph rules apply - --url https://other.example --api-key hg_live_...
`

const withConnection = (command: Command, scope: string): Command =>
  command
    .option('--url <url>', 'the server (HELIOGRAPH_URL)')
    .option('--api-key <key>', `a key with the scope ${scope} (HELIOGRAPH_API_KEY)`)
    .option('--data-dir <folder>', 'the data folder of the running stack')
    .option('--json', 'answer with one line of JSON')

const TOO_LARGE = 'The file is too large for one request: split it, and apply its parts without --prune'
const advice: Partial<Record<string, string>> = {
  UNAUTHENTICATED: 'The server does not know this key',
  FORBIDDEN: 'The key may not do this',
  LITERAL_TOO_LARGE: TOO_LARGE,
  PAYLOAD_TOO_LARGE: TOO_LARGE,
}

/** A graph whose errors say what to do about them. */
const advisedGraph = (target: { url: string; apiKey: string }): Graph => {
  const graph = createGraph(target)
  return async (query, variables) =>
    graph<never>(query, variables).catch((error: unknown) => {
      const words = error instanceof AppError ? advice[error.code] : undefined
      if (!(error instanceof AppError) || words === undefined) throw error
      throw new AppError(error.code, `${words}: ${error.message}`, { cause: error })
    })
}

/** A command whose errors that people can mend are one message, and exit code 1. */
const telling =
  <Args extends unknown[]>(name: string, work: (...args: Args) => Promise<void>) =>
  async (...args: Args): Promise<void> => {
    try {
      await work(...args)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const own = error.code === 'BAD_REQUEST' || error.code === 'VALIDATION_FAILED'
      process.stderr.write(`${own ? '' : `heliograph rules ${name}: `}${error.message}\n`)
      process.exitCode = 1
    }
  }

/** Adds `heliograph rules`: alert rules as files. */
export const registerRules = (program: Command, connectWith: (scope: 'read' | 'write') => Connect): void => {
  const rules = program.command('rules').description('Alert rules as a file: check, apply, export')
  rules.addHelpText('after', examples)

  withConnection(rules.command('apply').description('Make the rules of the tenant those of a file'), 'write')
    .argument('<file>', 'YAML or JSON, or - for standard input')
    .option('--dry-run', 'tell what would change, and change nothing')
    .option('--prune', 'delete the rules that are not in the file')
    .addHelpText('after', examples)
    .action(
      telling('apply', async (path: string, flags: Flags & { dryRun?: boolean; prune?: boolean }) => {
        const file = await readRules(path)
        const { dryRun = false, prune = false } = flags
        if (prune && file.rules.length === 0)
          throw new AppError(
            'BAD_REQUEST',
            `${file.name}: no rules, and --prune would delete all that there are`,
          )
        const graph = advisedGraph(await connectWith('write')(flags))
        const changes = await applyRules(graph, file, { dryRun, prune })
        printResult(flags, { dryRun, ...countsOf(changes), changes }, () => changesText(changes, dryRun))
      }),
    )

  withConnection(rules.command('export').description('Write the rules of the tenant as a file'), 'read')
    .argument('[file]', 'where to: YAML, or JSON where it ends in .json; standard output if absent')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', examples)
    .action(
      telling('export', async (path: string | undefined, flags: Flags & { force?: boolean }) => {
        const found = await exportedRules(advisedGraph(await connectWith('read')(flags)))
        const json = path === undefined ? flags.json : path.endsWith('.json')
        const text = writtenRules(found, json ? 'json' : 'yaml')
        if (path === undefined) return void process.stdout.write(text)
        await writeFile(path, text, { flag: flags.force ? 'w' : 'wx' }).catch(
          (cause: NodeJS.ErrnoException) => {
            const why =
              cause.code === 'EEXIST'
                ? 'is there already: --force writes over it'
                : `can't be written (${cause.code})`
            throw new AppError('CONFLICT', `${path} ${why}`, { cause })
          },
        )
        printResult(
          flags,
          { file: path, rules: found.length },
          () => `${found.length} rules written to ${path}.`,
        )
      }),
    )

  rules
    .command('check')
    .description('Check the rules of a file as this version does, without a server')
    .argument('<file>', 'YAML or JSON, or - for standard input')
    .option('--json', 'answer with one line of JSON')
    .addHelpText('after', examples)
    .action(
      telling('check', async (path: string, flags: { json?: boolean }) => {
        const file = await readRules(path)
        try {
          const { length } = checkedRules(file.rules, measures)
          printResult(flags, { rules: length }, () => `${length} rules, and nothing is wrong with them.`)
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error
          throw new AppError('VALIDATION_FAILED', placedErrors(file, error.errors), { cause: error })
        }
      }),
    )
}
