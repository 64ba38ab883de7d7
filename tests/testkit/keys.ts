import { createChanges } from '../../src/modules/audit/audit.change.ts'
import { createApiKeyService } from '../../src/modules/identity/api-key.service.ts'
import { createApiKeyStore } from '../../src/modules/identity/api-key.store.ts'
import { systemClock, type Clock } from '../../src/platform/clock.ts'
import type { Postgres } from '../../src/platform/postgres/postgres.ts'

/** API keys of a database without a program around it. */
export const keysOn = (postgres: Postgres, clock: Clock = systemClock) => {
  const store = createApiKeyStore({ postgres, changes: createChanges({ postgres, poke: () => undefined }) })
  return createApiKeyService({ store, clock })
}
