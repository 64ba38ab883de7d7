import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startApp } from '../../tests/testkit/app.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { trustTenantId } from '../platform/ids.ts'
import { seedDemo } from './demo.ts'
import { createMediaDesk } from './media-desk.ts'

test('the demo has a clip of each state and running recordings, and makes them once', async () => {
  const program = await startApp()
  const dataDir = await mkdtemp(join(tmpdir(), 'heliograph-media-'))
  try {
    const { modules } = program.app
    await seedDemo(modules, dataDir)
    const { tenant } = await seedDemo(modules, dataDir)
    const clips = await modules.clips.reads.page(trustTenantId(tenant), {})
    expect(clips.map(({ status }) => status).toSorted()).toEqual([
      'FAILED',
      'PROCESSING',
      'READY',
      'REQUESTED',
    ])
    expect(clips.map(({ requestedBy }) => requestedBy)).toEqual(Array.from({ length: 4 }, () => 'demo'))
    expect(await modules.recordings.reads.count(trustTenantId(tenant))).toBe(3)

    // A minute later the media server is through with them, and somebody has asked for another.
    const refused: unknown[] = []
    const desk = createMediaDesk({
      modules,
      tenant: trustTenantId(tenant),
      accept: async (events) => {
        const { rejected } = await program.app.ingest.accept(trustTenantId(tenant), 'stream_events', events)
        refused.push(...rejected)
      },
    })
    await desk.live(Date.now() + 60_000)
    await eventually(async () => {
      const now = await modules.clips.reads.page(trustTenantId(tenant), {})
      for (const { status } of now) expect(['READY', 'FAILED']).toContain(status)
    })
    await desk.live(Date.now() + 125_000)
    expect(await modules.clips.reads.count(trustTenantId(tenant))).toBe(5)
    expect(await modules.recordings.reads.count(trustTenantId(tenant))).toBe(3)
    expect(refused).toEqual([])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
    await program.stop()
  }
})
