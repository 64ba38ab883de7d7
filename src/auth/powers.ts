import { actions, allows, roleAllows, type AccessScope, type Action, type Role } from './actions.ts'

/** What each action is, in words. A record, so that the compiler tells when one is missing. */
const words: Readonly<Record<Action, readonly [verb: string, what: string]>> = {
  'account:read': ['Reads', 'the own account'],
  'account:write': ['Changes', 'the own account'],
  'tenant:create': ['Creates', 'tenants'],
  'tenant:read': ['Reads', 'the tenant and its projects'],
  'tenant:write': ['Changes', 'the tenant'],
  'tenant:own': ['Deletes', 'the tenant, and appoints owners'],
  'member:read': ['Reads', 'members'],
  'member:write': ['Changes', 'members and invitations'],
  'project:write': ['Changes', 'projects and environments'],
  'stream:read': ['Reads', 'streams'],
  'stream:write': ['Changes', 'streams and their keys'],
  'streamKey:validate': ['Asks', 'what the key of an encoder opens'],
  'recording:read': ['Reads', 'recordings'],
  'recording:write': ['Changes', 'recordings'],
  'clip:read': ['Reads', 'clips'],
  'clip:write': ['Changes', 'clips'],
  'infrastructure:read': ['Reads', 'clusters, services, edge nodes'],
  'infrastructure:write': ['Changes', 'clusters, services, edge nodes'],
  'serviceInstance:write': ['Changes', 'service instances'],
  'bootstrapToken:read': ['Reads', 'bootstrap tokens'],
  'bootstrapToken:write': ['Changes', 'bootstrap tokens'],
  'clusterAccess:read': ['Reads', 'access of others to clusters'],
  'clusterAccess:write': ['Changes', 'access of others to clusters'],
  'analytics:read': ['Reads', 'analytics'],
  'activity:read': ['Reads', 'all that happens live'],
  'log:read': ['Reads', 'logs'],
  'platformEvent:read': ['Reads', 'platform events'],
  'metric:read': ['Reads', 'metrics'],
  'product:read': ['Reads', 'product events'],
  'incident:read': ['Reads', 'incidents'],
  'incident:write': ['Changes', 'incidents'],
  'alertRule:read': ['Reads', 'alert rules and alerts'],
  'alertRule:write': ['Changes', 'alert rules'],
  'notificationChannel:read': ['Reads', 'notification channels'],
  'notificationChannel:write': ['Changes', 'notification channels'],
  'notification:read': ['Reads', 'notifications'],
  'notification:write': ['Sends', 'notifications again'],
  'onCallSchedule:read': ['Reads', 'on-call schedules'],
  'onCallSchedule:write': ['Changes', 'on-call schedules'],
  'notificationRoute:read': ['Reads', 'notification routes and inhibitions'],
  'notificationRoute:write': ['Changes', 'notification routes and inhibitions'],
  'silence:read': ['Reads', 'silences and maintenance windows'],
  'silence:write': ['Changes', 'silences and maintenance windows'],
  'ingest:write': ['Sends', 'data to `POST /ingest/<dataset>`'],
  'apiKey:read': ['Reads', 'API keys'],
  'apiKey:write': ['Changes', 'API keys'],
  'audit:read': ['Reads', 'the audit log'],
}
const all = Object.keys(actions) as Action[]
const list = new Intl.ListFormat('en')

const whatOf = (some: readonly Action[]): string[] => some.map((action) => words[action][1])
/** A sentence for each verb. */
const told = (some: readonly Action[]): string =>
  [...Map.groupBy(some, (action) => words[action][0])]
    .map(([verb, each]) => `${verb} ${list.format(whatOf(each))}.`)
    .join(' ')

const closed = all.filter((action) => action.endsWith(':read') && !roleAllows('VIEWER', action))

/** What a scope opens, in words. To change is to create and to delete, too. */
export const scopeOpens = (scope: AccessScope): string =>
  told(all.filter((action) => allows(new Set([scope]), action)))

/** What a role opens in its tenant, in words. */
export const roleOpens: Readonly<Record<Role, string>> = {
  OWNER: 'May do everything, including deleting the tenant and appointing owners.',
  ADMIN: 'May do everything except what only owners may.',
  MEMBER: `Reads what viewers read, and paths of clips. ${told(
    all.filter((action) => roleAllows('MEMBER', action) && !roleAllows('VIEWER', action)),
  )}`,
  VIEWER: `Reads everything except ${list.format([...whatOf(closed), 'invitations', 'paths of clips'])}.`,
}
