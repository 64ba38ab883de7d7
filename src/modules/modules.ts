import type { AccessTokens } from '../auth/access-token.ts'
import type { OAuthClient } from '../auth/oauth/client.ts'
import type { Tickets } from '../auth/oauth/tickets.ts'
import type { Passwords } from '../auth/passwords.ts'
import type { LiveViewers } from './audience/live-viewers.ts'
import { createViewerSeriesQueries } from './audience/viewer-series.queries.ts'
import { createViewerQueries } from './audience/viewers.queries.ts'
import { createAccountService, type AccountThrottles } from './identity/account.service.ts'
import { createAccountStore } from './identity/account.store.ts'
import { createOAuthService } from './identity/oauth.service.ts'
import { createOAuthStore } from './identity/oauth.store.ts'
import { createSessionService, type SessionThrottles } from './identity/session.service.ts'
import { createSessionStore } from './identity/session.store.ts'
import { createApiKeyService } from './identity/api-key.service.ts'
import { createApiKeyStore } from './identity/api-key.store.ts'
import { createLogLevelQueries } from './incidents/log-levels.queries.ts'
import { createLogQueries } from './incidents/log.queries.ts'
import { rowsOf } from '../platform/postgres/rows.ts'
import type { Core } from './core.ts'
import { createAudit } from './audit/audit.ts'
import { createIncidents } from './incidents/incidents.ts'
import { createInfrastructure } from './infrastructure/infrastructure.ts'
import { createStreaming } from './streaming/streaming.ts'
import { createTenancy } from './tenancy/tenancy.ts'

export type ModuleDeps = Core & {
  liveViewers: LiveViewers
  passwords: Passwords
  accessTokens: Pick<AccessTokens, 'sign'>
  throttles: AccountThrottles & SessionThrottles
  oauth: { clients: readonly OAuthClient[]; redirectUris: readonly string[]; tickets: Tickets }
}

/** The stores, services and queries of all domains, each with what it needs. */
export const createModules = (deps: ModuleDeps) => {
  const { postgres, clickHouse, clock, log } = deps
  const tenancy = createTenancy(deps)
  const apiKeys = createApiKeyStore({ postgres })
  const accounts = createAccountStore({ postgres })
  const { passwords, accessTokens, throttles } = deps
  const auditing = createAudit(deps)
  const audit = auditing.audit.service
  const sessions = createSessionService({
    store: createSessionStore({ postgres }),
    accounts,
    passwords,
    accessTokens,
    throttles,
    membershipsOf: tenancy.tenants.service.membershipsOf,
    audit,
    clock,
  })
  return {
    clock,
    bus: deps.bus,
    liveViewers: deps.liveViewers,
    ...tenancy,
    apiKeys: {
      reads: rowsOf(postgres, 'apiKey'),
      store: apiKeys,
      service: createApiKeyService({ store: apiKeys, clock }),
    },
    ...auditing,
    accounts: { service: createAccountService({ store: accounts, passwords, throttles, audit, clock }) },
    sessions: { service: sessions },
    oauth: {
      service: createOAuthService({
        ...deps.oauth,
        store: createOAuthStore({ postgres }),
        accounts,
        sessions,
        passwords,
        throttles,
        audit,
        clock,
        log,
      }),
    },
    ...createStreaming(deps),
    ...createInfrastructure(deps),
    ...createIncidents(deps),
    logs: { ...createLogQueries({ clickHouse }), ...createLogLevelQueries({ clickHouse }) },
    viewers: {
      ...createViewerQueries({ clickHouse, clock }),
      ...createViewerSeriesQueries({ clickHouse, clock }),
    },
  }
}

export type Modules = ReturnType<typeof createModules>
