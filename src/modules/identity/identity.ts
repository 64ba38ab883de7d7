import type { AccessTokens } from '../../auth/access-token.ts'
import type { OAuthClient } from '../../auth/oauth/client.ts'
import type { Tickets } from '../../auth/oauth/tickets.ts'
import type { Passwords } from '../../auth/passwords.ts'
import type { AuditService } from '../audit/audit.service.ts'
import type { Core } from '../core.ts'
import type { MembershipsOf } from '../tenancy/membership.ts'
import './account.mutations.schema.ts'
import './api-key.mutations.schema.ts'
import './api-key.schema.ts'
import './oauth.mutations.schema.ts'
import './oauth.schema.ts'
import './session.mutations.schema.ts'
import './session.schema.ts'
import './viewer.schema.ts'
import { createAccountService, type AccountThrottles } from './account.service.ts'
import { createAccountStore } from './account.store.ts'
import { createApiKeyService } from './api-key.service.ts'
import { createApiKeyStore } from './api-key.store.ts'
import { createOwnMembershipStore } from './membership.store.ts'
import { createOAuthService } from './oauth.service.ts'
import { createOAuthStore } from './oauth.store.ts'
import { createSessionService, type SessionThrottles } from './session.service.ts'
import { createSessionStore } from './session.store.ts'

export type IdentityDeps = {
  readonly passwords: Passwords
  readonly accessTokens: Pick<AccessTokens, 'signer'>
  readonly throttles: AccountThrottles & SessionThrottles
  readonly oauth: {
    readonly clients: readonly OAuthClient[]
    readonly redirectUris: readonly string[]
    readonly tickets: Tickets
  }
}

/** Accounts of people, their sessions and sign-ins, and API keys. */
export const createIdentity = (
  core: Core &
    IdentityDeps & {
      /** Where an account may act now: active tenants only. */
      readonly membershipsOf: MembershipsOf
      readonly audit: Pick<AuditService, 'refused' | 'refusedLater'>
    },
) => {
  const accounts = createAccountStore(core)
  const sessionStore = createSessionStore(core)
  const sessions = createSessionService({ ...core, store: sessionStore, accounts })
  const oauth = { ...core, ...core.oauth, store: createOAuthStore(core), accounts, sessions }
  const keys = createApiKeyStore(core)
  const memberships = createOwnMembershipStore(core)
  return {
    accounts: { service: createAccountService({ ...core, store: accounts }) },
    sessions: { reads: sessionStore.reads, service: sessions },
    memberships: { reads: memberships.reads, service: { own: memberships.own } },
    oauth: { service: createOAuthService(oauth) },
    apiKeys: { reads: keys.reads, service: createApiKeyService({ ...core, store: keys }) },
  }
}
