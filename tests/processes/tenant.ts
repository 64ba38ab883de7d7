import { randomBytes } from 'node:crypto'
import type { AccessScope } from '../../src/auth/actions.ts'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createPostgres } from '../../src/platform/postgres/postgres.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { keysOn } from '../testkit/keys.ts'
import { tenantsOn } from '../testkit/tenants.ts'
import { MakeStream } from './operations.ts'

/**
 * A tenant with a key that may do everything, made as the commands `tenant create` and `api-key create` make
 * them.
 */
export const makeTenant = async (
  postgresUrl: string,
  slug = `acme-${randomBytes(4).toString('hex')}`,
  scopes: AccessScope[] = ['read', 'write', 'ingest'],
): Promise<string> => {
  const postgres = createPostgres({
    url: postgresUrl,
    log: createLogger({ level: 'error', format: 'pretty' }),
    poolSize: 1,
  })
  try {
    const tenant = await tenantsOn(postgres).create({ slug })
    const permit = trustedPermit<'apiKey:write'>(tenant, operator)
    return (await keysOn(postgres).issue(permit, { name: 'Test', scopes, mode: 'test' })).key
  } finally {
    await postgres.close()
  }
}

export const makeStream = async (
  client: Pick<TestClient, 'ask'>,
): Promise<{ id: string; internalName: string }> => {
  const { createStream } = await client.ask(MakeStream, { title: 'A stream' })
  if (!createStream || !('stream' in createStream))
    throw new Error(`no stream was made: ${JSON.stringify(createStream)}`)
  return createStream.stream
}

/** A client with the key of a new tenant, and a stream of it. */
export const makeClient = async (url: string, postgresUrl: string) => {
  const key = await makeTenant(postgresUrl)
  const client = createTestClient(url, key)
  return { key, client, stream: await makeStream(client) }
}
