import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { operator } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import { refusalOf } from '../platform/http/target-address.ts'
import { startApp } from '../../tests/testkit/app.ts'
import { toThisMachine } from '../../tests/testkit/notifications.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { startDemoCollector } from './collector.ts'
import { tellCollector } from './messages.ts'

test('the page of each run shows what was told, though port and secret are others; what is not signed is refused', async () => {
  let aheadMs = 0
  const program = await startApp({
    settings: toThisMachine,
    clock: { now: () => Date.now() + aheadMs },
  })
  const { modules } = program.app
  const { tenant } = await program.seed.tenant()
  const permit = trustedPermit<'incident:write'>(tenant, operator)
  try {
    for (const title of ['First run', 'Second <run>']) {
      const collector = await startDemoCollector()
      try {
        await tellCollector(modules, tenant, collector)
        await modules.incidents.service.open(permit, {
          title,
          severity: 'CRITICAL',
          labels: [{ name: 'service', value: title }],
        })
        await eventually(async () => {
          await modules.notificationRouting.service.look()
          aheadMs += 5_000 // a group waits for ten
          await modules.notifications.service.tasks[0]!.run()
          const page = await (await fetch(collector.url)).text()
          expect(page).toContain(title.replace('<', '&lt;').replace('>', '&gt;'))
        }, 30_000)
        expect((await fetch(collector.hook, { method: 'POST', body: '{}' })).status).toBe(400)
      } finally {
        await collector.stop()
      }
    }
  } finally {
    await program.stop()
  }
})

test('a network of one port allows that port alone', () => {
  const networks = [[ipaddr.parse('127.0.0.1'), 32, 4_000]] as const
  expect(refusalOf('127.0.0.1', networks, 4_000)).toBeUndefined()
  expect(refusalOf('127.0.0.1', networks, 4_001)).toBe('loopback')
})
