import type { AccessTokens } from '../auth/access-token.ts'
import type { OAuthClient } from '../auth/oauth/client.ts'
import type { Tickets } from '../auth/oauth/tickets.ts'
import type { Passwords } from '../auth/passwords.ts'
import { audienceLives, createAudience } from './audience/audience.ts'
import { createAccountService, type AccountThrottles } from './identity/account.service.ts'
import { createAccountStore } from './identity/account.store.ts'
import { createOAuthService } from './identity/oauth.service.ts'
import { createOAuthStore } from './identity/oauth.store.ts'
import { createSessionService, type SessionThrottles } from './identity/session.service.ts'
import { createSessionStore } from './identity/session.store.ts'
import { createInvitationService } from './tenancy/invitation.service.ts'
import { createInvitationStore } from './tenancy/invitation.store.ts'
import { createMemberService } from './tenancy/member.service.ts'
import { createMemberStore } from './tenancy/member.store.ts'
import { createProjectService } from './tenancy/project.service.ts'
import { createProjectStore } from './tenancy/project.store.ts'
import { createApiKeyService } from './identity/api-key.service.ts'
import { createApiKeyStore } from './identity/api-key.store.ts'
import { createLogs } from './incidents/logs.ts'
import { rowsOf } from '../platform/postgres/rows.ts'
import type { Core } from './core.ts'
import { createAudit } from './audit/audit.ts'
import { createIncidents } from './incidents/incidents.ts'
import { createInfrastructure } from './infrastructure/infrastructure.ts'
import { createStreaming } from './streaming/streaming.ts'
import { createTenantService } from './tenancy/tenant.service.ts'
import { createTenantStore } from './tenancy/tenant.store.ts'

export type ModuleDeps = Core & {
  passwords: Passwords
  accessTokens: Pick<AccessTokens, 'sign'>
  throttles: AccountThrottles & SessionThrottles
  oauth: { clients: readonly OAuthClient[]; redirectUris: readonly string[]; tickets: Tickets }
}

/** The stores, services and queries of all domains, each with what it needs. */
export const createModules = (deps: ModuleDeps) => {
  const { postgres, clock, log } = deps
  const tenants = createTenantStore({ postgres })
  const apiKeys = createApiKeyStore({ postgres })
  const accounts = createAccountStore({ postgres })
  const members = createMemberStore({ postgres })
  const { passwords, accessTokens, throttles } = deps
  const auditing = createAudit(deps)
  const audit = auditing.audit.service
  const sessions = createSessionService({
    store: createSessionStore({ postgres }),
    accounts,
    passwords,
    accessTokens,
    throttles,
    membershipsOf: tenants.membershipsOf,
    audit,
    clock,
  })
  return {
    clock,
    bus: deps.bus,
    tenants: { store: tenants, service: createTenantService({ store: tenants }) },
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
    members: { service: createMemberService({ store: members, clock }) },
    invitations: {
      service: createInvitationService({
        store: createInvitationStore({ postgres }),
        members,
        tenants,
        clock,
      }),
    },
    projects: { service: createProjectService({ store: createProjectStore({ postgres }), clock }) },
    ...createStreaming(deps),
    ...createInfrastructure(deps),
    ...createIncidents(deps),
    ...createLogs(deps),
    ...createAudience(deps),
  }
}

export type Modules = ReturnType<typeof createModules>

export { datasets } from './datasets.ts'
/** What is told live of the rows of datasets. */
export const lives = audienceLives
