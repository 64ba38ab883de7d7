import { AppError } from '../platform/errors.ts'
import { ForbiddenError } from '../platform/problems.ts'
import type { TenantId } from '../platform/ids.ts'
import { actions, allows, type AccessScope, type Action } from './actions.ts'

/** Whoever asks. The tenant comes from the credential and from nowhere else. */
export type Viewer = ApiKeyViewer | Anonymous

export type ApiKeyViewer = {
  readonly kind: 'apiKey'
  readonly id: string
  readonly name: string
  readonly tenant: TenantId
  readonly scopes: ReadonlySet<AccessScope>
}
export type Anonymous = { readonly kind: 'anonymous' }

export const anonymous: Anonymous = { kind: 'anonymous' }

export const can = (viewer: Viewer, action: Action): viewer is ApiKeyViewer =>
  viewer.kind === 'apiKey' && allows(viewer.scopes, action)

/** Throws UNAUTHENTICATED for nobody and FORBIDDEN for somebody who lacks the scope. */
export function authorize(viewer: Viewer, action: Action): asserts viewer is ApiKeyViewer {
  if (viewer.kind === 'anonymous') throw unauthenticated()
  if (!can(viewer, action))
    throw new ForbiddenError(
      `This key lacks the scope "${actions[action].scopes.join('" or "')}". Make one that has it with "heliograph api-key create".`,
    )
}

/** What a viewer may pass on to a key that it makes: what it has itself. */
export const grantedTo = (viewer: Viewer): ReadonlySet<AccessScope> =>
  viewer.kind === 'anonymous' ? new Set() : viewer.scopes

/** One answer for a missing, malformed, unknown, expired and revoked key: which of them it was is nobody's business. */
export const unauthenticated = (): AppError =>
  new AppError('UNAUTHENTICATED', 'A valid API key is needed: send "Authorization: Bearer hg_…".')

/** What decides which data a viewer sees: viewers that agree in it may share one execution of one operation. */
export const permissionScope = (viewer: Viewer): string =>
  viewer.kind === 'anonymous' ? '-' : `${viewer.tenant}:${[...viewer.scopes].toSorted().join(',')}`
