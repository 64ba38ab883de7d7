import { createApiKeyService } from '../../src/modules/identity/api-key.service.ts'
import { createApiKeyStore } from '../../src/modules/identity/api-key.store.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createPostgres } from '../../src/platform/postgres/postgres.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { tenantsOn } from '../testkit/tenants.ts'
import { MakeStream } from './operations.ts'

/** A tenant with a key that may do everything, made as the commands `tenant create` and `api-key create` make them. */
export const makeTenant = async (postgresUrl: string, slug = 'acme'): Promise<string> => {
  const postgres = createPostgres({
    url: postgresUrl,
    log: createLogger({ level: 'error', format: 'pretty' }),
    poolSize: 1,
  })
  try {
    const tenant = await tenantsOn(postgres).create({ slug })
    const keys = createApiKeyService({ store: createApiKeyStore({ postgres }) })
    return (await keys.issue(tenant, { name: 'Test', scopes: ['read', 'write', 'ingest'], mode: 'test' })).key
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
