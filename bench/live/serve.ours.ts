import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { openProgram } from '../program.ts'

/** The whole program without rate limits, without a demo and without the roles that work by a clock of their own. */
export const serveOurs = async () => {
  const program = await openProgram({
    settings: {
      HELIOGRAPH_ROLES: process.env.BENCH_ROLES ?? 'server',
      RATE_LIMIT_COST: '0',
      RATE_LIMIT_REQUESTS: '0',
      RATE_LIMIT_ROWS: '0',
      REDIS_URL: process.env.BENCH_REDIS_URL!,
    },
  })
  const { url, key, tenant, databases, app, stop } = program
  const { key: ingestKey } = await app.modules.apiKeys.service.issue(trustedPermit(tenant, operator), {
    name: 'Bench ingest',
    scopes: ['ingest'],
    mode: 'test',
  })
  const port = Number(new URL(url).port)
  return { told: { port, key, ingestKey, tenant, postgresUrl: databases.ownerUrl }, stop }
}
