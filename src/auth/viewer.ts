import { AppError } from '../platform/errors.ts'
import { ForbiddenError } from '../platform/problems.ts'
import type { TenantId } from '../platform/ids.ts'
import {
  actions,
  allows,
  roleAllows,
  scopes,
  type AccessScope,
  type Action,
  type Permission,
  type Role,
} from './actions.ts'

/** Whoever asks. The tenant comes from the credential and from nowhere else. */
export type Viewer = ApiKeyViewer | UserViewer | Anonymous

export type ApiKeyViewer = {
  readonly kind: 'apiKey'
  readonly id: string
  readonly name: string
  readonly tenant: TenantId
  readonly scopes: ReadonlySet<AccessScope>
  /** The one project that it is for; it reaches nothing that is not of it. */
  readonly projectId?: string
  /** Slug of the one edge node that it is for: it sends facts of no other. */
  readonly edgeNode?: string
}
/**
 * Somebody who has signed in. Tenant and role are both there or both not: an account may be a member of
 * nothing.
 */
export type UserViewer = {
  readonly kind: 'user'
  readonly id: string
  readonly name: string
  readonly email: string
  readonly sessionId: string
  readonly tenant: TenantId | undefined
  readonly role: Role | undefined
}
export type Anonymous = { readonly kind: 'anonymous' }

export const anonymous: Anonymous = { kind: 'anonymous' }

export const can = (viewer: Viewer, action: Action): boolean => {
  if (viewer.kind === 'anonymous') return false
  if (viewer.kind === 'user') return roleAllows(viewer.role, action)
  return allows(viewer.scopes, action) && (viewer.projectId === undefined || isInProject(action))
}

const isInProject = (action: Action): boolean => {
  const { inProject }: Permission = actions[action]
  return inProject ?? false
}

/** The project that a viewer is held to. Whoever reads what may be of another one asks for it. */
export const projectOf = (viewer: Viewer): string | undefined =>
  viewer.kind === 'apiKey' ? viewer.projectId : undefined

/** Slug of the edge node that a viewer is held to. Whoever writes of what runs on nodes asks for it. */
export const edgeNodeOf = (viewer: Viewer): string | undefined =>
  viewer.kind === 'apiKey' ? viewer.edgeNode : undefined

/** Throws UNAUTHENTICATED for nobody and FORBIDDEN for somebody who lacks the scope or the role. */
export function authorize(viewer: Viewer, action: Action): asserts viewer is ApiKeyViewer | UserViewer {
  if (viewer.kind === 'anonymous') throw unauthenticated()
  if (can(viewer, action)) return
  if (viewer.kind === 'user') throw new ForbiddenError(lacksRole(viewer))
  throw new ForbiddenError(allows(viewer.scopes, action) ? OF_ONE_PROJECT : lacksScope(action))
}

const OF_ONE_PROJECT = 'This key is for one project, and that belongs to the whole tenant.'

/** For who has signed in and is, or chose to be, in no tenant. */
export const IN_NO_TENANT =
  'This sign-in acts in no tenant. Choose one with switchTenant, make one with createTenant, or accept an invitation.'

const lacksRole = ({ role }: UserViewer): string =>
  role === undefined
    ? IN_NO_TENANT
    : `The role ${role} does not allow that. Ask an owner or an admin of the tenant.`

const lacksScope = (action: Action): string => {
  const { scopes: opening }: Permission = actions[action]
  return opening.length === 0
    ? 'No API key may do that: sign in.'
    : `This key lacks the scope "${opening.join('" or "')}". Make one that has it with "heliograph api-key create".`
}

/** What a viewer may pass on to a key that it makes: what it has itself. */
export const grantedTo = (viewer: Viewer): ReadonlySet<AccessScope> =>
  viewer.kind === 'anonymous' ? new Set() : scopesOf(viewer)

/**
 * One answer for a missing, malformed, unknown, expired and revoked credential: which of them it was is
 * nobody's business.
 */
export const unauthenticated = (): AppError =>
  new AppError(
    'UNAUTHENTICATED',
    'A valid API key is needed, or the access token of a sign-in: send "Authorization: Bearer …".',
  )

/** The scopes of a key, or those whose rights the role of a user has. */
export const scopesOf = (viewer: ApiKeyViewer | UserViewer): ReadonlySet<AccessScope> => {
  if (viewer.kind === 'apiKey') return viewer.scopes
  const like = {
    read: 'stream:read',
    write: 'stream:write',
    ingest: 'ingest:write',
    admin: 'apiKey:write',
  } as const
  return new Set(scopes.filter((scope) => can(viewer, like[scope])))
}

/**
 * What decides which data a viewer sees: viewers that agree in it may share one execution of one operation.
 */
export const permissionScope = (viewer: Viewer): string => {
  const known = scopesOfViewers.get(viewer)
  if (known !== undefined) return known
  const scope = scopeOf(viewer)
  scopesOfViewers.set(viewer, scope)
  return scope
}

/** A credential's viewer is one object for as long as its look-up is kept. */
const scopesOfViewers = new WeakMap<Viewer, string>()

const scopeOf = (viewer: Viewer): string => {
  if (viewer.kind === 'anonymous') return '-'
  if (viewer.kind === 'apiKey')
    return `${viewer.tenant}:${[...viewer.scopes].toSorted().join(',')}:${viewer.projectId ?? ''}`
  return viewer.tenant === undefined ? `user:${viewer.id}` : `${viewer.tenant}:as ${viewer.role}`
}
