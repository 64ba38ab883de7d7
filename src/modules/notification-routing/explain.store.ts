import { NIL_UUID, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { mutesOf, type Mute } from './mutes.ts'
import { incidentsOf, mutedByOf, routesOf, rulesNamed } from './routing.reads.store.ts'
import { factsOf, placesOf, routesFor, type Place, type RoutedIncident } from './routing.ts'
import { inTurns } from '../../platform/turns.ts'

/** An incident that there could be. */
export type Imagined = Pick<RoutedIncident, 'labels' | 'severity' | 'title' | 'source'> & {
  /** Name of the rule that would open it. */
  readonly rule: string | null
}
/** Whom routes would tell of it. */
export type Explained = {
  readonly routes: readonly {
    readonly id: string
    readonly labels: Place['labels']
    readonly channelIds: readonly string[]
  }[]
  readonly ruleChannelIds: readonly string[]
  readonly mutes: readonly Mute[]
}

/** Why somebody is told, or nobody. */
export const createExplainStore = ({ postgres }: { readonly postgres: Postgres }) => ({
  /** Names of channels by their ids, empty for one that there is none of. */
  channelNames: async (tenant: TenantId, ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const rows = await postgres.forTenant(tenant).notificationChannel.findMany({
      where: { tenantId: tenant, id: { in: [...ids] } },
      select: { id: true, name: true },
    })
    const names = new Map(rows.map(({ id, name }) => [id, name]))
    return new Map(ids.map((id) => [id, names.get(id) ?? '']))
  },

  /** What keeps incidents quiet at a time: however many, by a handful of statements. */
  mutes: async (
    tenant: TenantId,
    ids: readonly string[],
    now: Date,
  ): Promise<ReadonlyMap<string, readonly Mute[]>> => {
    const read = await postgres.forTenant(tenant).$transaction(async (tx) => ({
      incidents: await incidentsOf(tx, tenant, ids),
      mutedBy: await mutedByOf(tx, tenant, now),
    }))
    const found = await inTurns(mutesOf(read.incidents, read.mutedBy, (mutes) => mutes))
    return new Map(ids.map((id) => [id, found.get(id) ?? []]))
  },

  /** Whom the routes as they are would tell of an incident that is new. */
  explain: (tenant: TenantId, { rule: name, ...imagined }: Imagined, now: Date): Promise<Explained> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [rule = null] = name === null ? [] : await rulesNamed(tx, tenant, name)
      const incident: RoutedIncident = {
        ...imagined,
        id: NIL_UUID,
        number: 0,
        description: '',
        status: 'OPEN',
        acknowledgedBy: null,
        occurrences: 1,
        firstSeenAt: now,
        resolvedAt: null,
        value: null,
        threshold: null,
        mergedIntoId: null,
        // A rule that there is none of still has its name.
        rule:
          rule ??
          (name === null ? null : { id: NIL_UUID, name, operator: 'GT', windowMs: 0, channelIds: [] }),
      }
      const routes = await routesOf(tx, tenant)
      const labels = new Map(placesOf(incident, routes).map((place) => [place.routeId, place.labels]))
      const mutes = await inTurns(
        mutesOf([incident], await mutedByOf(tx, tenant, now), (all) => all),
        () => tx.$queryRaw`SELECT 1`,
      )
      return {
        routes: routesFor(routes, factsOf(incident)).map(({ id, channelIds }) => ({
          id: id!,
          labels: labels.get(id)!,
          channelIds,
        })),
        ruleChannelIds: rule?.channelIds ?? [],
        mutes: mutes.get(incident.id)!,
      }
    }),
})
