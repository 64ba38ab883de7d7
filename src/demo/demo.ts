import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { App } from '../app.ts'
import { demo } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import { systemClock } from '../platform/clock.ts'
import { trustTenantId, type TenantId } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import { NotFoundError } from '../platform/problems.ts'
import type { DemoCollector } from './collector.ts'
import { demoEntities } from './entities.ts'
import { createMediaDesk } from './media-desk.ts'
import { makeMedia } from './media.ts'
import { tellCollector } from './messages.ts'
import { makeRules } from './rules.ts'
import type { DemoDataset } from './rows.ts'
import { createSimulator, type Progress } from './simulator.ts'
import { createWorld, type World } from './world.ts'

export { startDemoCollector, type DemoCollector } from './collector.ts'

const DEMO_SLUG = 'demo'

/**
 * What the demo keeps beside the stores: its key, which no store could tell again, and how far it has
 * simulated.
 */
const remembered = z.object({ tenant: z.uuid(), apiKey: z.string(), simulatedTo: z.number() })
export type DemoState = z.infer<typeof remembered>

const statePath = (dataDir: string): string => join(dataDir, 'demo.json')

export const loadDemoState = async (dataDir: string): Promise<DemoState | undefined> => {
  try {
    return remembered.parse(JSON.parse(await readFile(statePath(dataDir), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
/** The old state or the new one, never half of it: a kill in the middle must not block the next start. */
const saveDemoState = async (dataDir: string, state: DemoState): Promise<void> => {
  const draft = `${statePath(dataDir)}.${process.pid}`
  await writeFile(draft, JSON.stringify(state), { mode: 0o600, flush: true })
  await rename(draft, statePath(dataDir))
}

type Modules = App['modules']

/** Makes the demo tenant, its streams, clusters, nodes and alert rules, and a key; what is there already stays. */
export const seedDemo = async (
  modules: Modules,
  dataDir: string,
  { collector, world = createWorld() }: { collector?: DemoCollector; world?: World } = {},
): Promise<DemoState> => {
  const known = await loadDemoState(dataDir)
  const tenant = await modules.tenants.service.bySlug(DEMO_SLUG).catch((error: unknown) => {
    if (error instanceof NotFoundError)
      return modules.tenants.service.create({ slug: DEMO_SLUG, name: 'Demo Broadcasting' }, demo)
    throw error
  })
  const { clusters, edgeNodes, streams, clips } = demoEntities(world, Date.now())
  await modules.edgeNodes.service.ensure(
    tenant,
    clusters.map(({ clusterId, name }) => ({ slug: clusterId, name })),
    edgeNodes.map(({ nodeId, name, region, latitude, longitude, clusterId }) => ({
      slug: nodeId,
      name,
      region,
      latitude,
      longitude,
      cluster: clusterId,
    })),
  )
  await modules.streams.service.ensure(tenant, streams)
  await makeMedia(modules, tenant, clips)
  await makeRules(modules, tenant)
  if (collector) await tellCollector(modules, tenant, collector)
  if (known?.tenant === tenant) return known
  const { key } = await modules.apiKeys.service.issue(trustedPermit(tenant, demo), {
    name: 'Demo',
    scopes: ['read', 'write', 'ingest', 'admin'],
    mode: 'test',
  })
  const state: DemoState = { tenant, apiKey: key, simulatedTo: 0 }
  await saveDemoState(dataDir, state)
  return state
}

/**
 * How often what was simulated is written down, in milliseconds. Events repeat harmlessly, so it need not be
 * exact.
 */
const SAVE_EVERY_MS = 15_000
/** Milliseconds in which the first live rows have to be stored; later the demo looks again at its next step. */
const STORED_MS = 5_000

/**
 * A day of history, three of product events, then live until the signal aborts, all through the real ingest
 * and the incident service.
 */
export const runDemo = async (options: {
  app: Pick<App, 'modules' | 'ingest'>
  state: DemoState
  dataDir: string
  speed: number
  log: Logger
  onProgress: (progress: Progress) => void
  signal: AbortSignal
}): Promise<void> => {
  const { app, state, dataDir, speed, log, signal } = options
  const { modules, ingest } = app
  const tenant: TenantId = trustTenantId(state.tenant)
  const incidents = modules.incidents
  let savedAt = 0
  let isLive = false

  const accept = async (dataset: DemoDataset, items: readonly object[]) => {
    const { rejected } = await ingest.accept(tenant, dataset, items)
    if (rejected.length > 0)
      log.error({ dataset, first: rejected[0], count: rejected.length }, 'demo rows were refused')
  }
  const media = createMediaDesk({ modules, tenant, accept: (events) => accept('stream_events', events) })

  const simulator = createSimulator({
    world: createWorld(),
    clock: systemClock,
    speed,
    log,
    accept,
    tellMedia: media.live,
    openIncident: ({ title, description, severity, fingerprint, labels }, at) =>
      incidents.service.open(
        trustedPermit(tenant, demo),
        {
          title,
          description,
          severity,
          fingerprint,
          labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
          source: 'demo',
        },
        new Date(at),
      ),
    changeStatus: async (id, status, at) => {
      await incidents.service.changeStatus(trustedPermit(tenant, demo), { id, status }, new Date(at))
    },
    addNote: async (id, note, at) => {
      await incidents.service.addNote(trustedPermit(tenant, demo), { id, note }, new Date(at))
    },
    findIncident: async (fingerprint) => {
      const [found] = await incidents.reads.page(tenant, { where: { fingerprint }, take: 1 })
      return found
    },
    unfinishedIncidents: async () => {
      const found = await incidents.reads.page(tenant, {
        where: { fingerprint: { startsWith: 'demo:' }, status: { in: ['OPEN', 'INVESTIGATING'] } },
      })
      return found.map(({ id, fingerprint, status, firstSeenAt }) => ({
        id,
        fingerprint,
        status,
        openedAt: firstSeenAt.getTime(),
      }))
    },
    // As a media server tells it, so that the status follows from facts here too.
    setStreamStatus: async (internal_name, status, time) => {
      const event = {
        internal_name,
        time,
        event_type: 'stream_lifecycle_update',
        status: status.toLowerCase(),
      }
      await accept('stream_events', [event])
    },
    onProgress: async (progress) => {
      const nowMs = systemClock.now()
      if (nowMs - savedAt >= SAVE_EVERY_MS) {
        savedAt = nowMs
        await saveDemoState(dataDir, { ...state, simulatedTo: progress.simulatedTo })
      }
      // Whoever is told that it is live may ask at once: what was accepted last is stored by then.
      if (progress.phase === 'live' && !isLive) await ingest.flushed(undefined, { timeoutMs: STORED_MS })
      isLive = progress.phase === 'live'
      options.onProgress(progress)
    },
  })
  await simulator.history({ from: state.simulatedTo, to: systemClock.now(), signal })
  await simulator.run(signal)
}
