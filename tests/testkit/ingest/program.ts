import { Command } from 'commander'
import { registerIngestCommand } from '../../../src/cli/ingest/command.ts'

// The command as a process of its own, so that a test can kill it; `main.ts` wires it the same way.
const program = new Command('heliograph')
registerIngestCommand(program, {
  connect: async ({ url = '', apiKey = '' }) => ({ url, apiKey }),
})
await program.parseAsync()
