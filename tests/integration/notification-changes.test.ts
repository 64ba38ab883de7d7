import { afterAll, beforeAll, expect, test } from 'vitest'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { alertedIncidents } from '../../src/modules/incidents/incident.alerts.store.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { routed, routerOn } from '../testkit/routing.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp()))
afterAll(() => program.stop())

const HOUR_MS = 3_600_000
const open = async () => {
  const { tenant } = await program.seed.tenant()
  return { tenant, world: routed(program, tenant), router: routerOn(program) }
}
const titles = (told: Awaited<ReturnType<ReturnType<typeof routed>['told']>>) =>
  told.map(({ message: { incidents } }) => incidents.map(({ title }) => title))

test('what was acknowledged and becomes graver is told as raised, and only then', async () => {
  const { tenant, world, router } = await open()
  await world.route('all', [await world.channel('pager')], { groupIntervalMs: 60_000 })
  const { id } = await world.open('Hot', 'HIGH')
  await router.look()
  await world.status(id, 'INVESTIGATING')
  const permit = trustedPermit<'incident:write'>(tenant, operator)
  await program.app.modules.incidents.service.changeSeverity(permit, { id, severity: 'CRITICAL' })
  await router.after(61_000)
  await world.open('Cold', 'LOW')
  await router.after(61_000)
  expect(
    (await world.told()).map(({ message: { raised, incidents } }) => [
      raised,
      incidents.map(({ acknowledgedBy, severity }) => [acknowledgedBy !== null, severity]),
    ]),
  ).toEqual([
    [false, [[false, 'HIGH']]],
    [true, [[true, 'CRITICAL']]],
    [
      false,
      [
        [true, 'CRITICAL'],
        [false, 'LOW'],
      ],
    ],
  ])
})

test('what waits in a group is due by the interval that its route has now, and never later than it was', async () => {
  const { tenant, world, router } = await open()
  const routes = program.app.modules.notificationRoutes.service
  const permit = trustedPermit<'notificationRoute:write'>(tenant, operator)
  const { id } = await world.route('all', [await world.channel('ops')], { groupIntervalMs: HOUR_MS })
  await world.open('first')
  await router.look()
  await world.open('second')
  await router.after(120_000)
  expect(titles(await world.told())).toEqual([['first']])
  await routes.update(permit, { id, groupInterval: 'PT5M' })
  await router.after(60_000)
  expect(titles(await world.told())).toEqual([['first']])
  await routes.update(permit, { id, groupInterval: 'PT2H' })
  await router.after(121_000)
  expect(titles(await world.told())).toEqual([['first'], ['first', 'second']])
})

const ruleOf = (name: string) =>
  ({
    name,
    dataset: 'log_events',
    aggregate: 'COUNT',
    operator: 'GTE',
    threshold: 5,
    window: 'PT5M',
  }) as const

test.each(['by itself', 'by a list'])(
  'channels that a rule is given %s tell of what is open of it, of nothing else, and not where it keeps its channels',
  async (how) => {
    const { tenant, world, router } = await open()
    const own = await world.channel('own')
    const permit = trustedPermit<'alertRule:write'>(tenant, operator)
    const rules = program.app.modules.alertRules.service
    const make = (name: string) => rules.create(permit, ruleOf(name))
    const fire = (ruleId: string, title: string) =>
      program.app.postgres.forTenant(tenant).$transaction((tx) => {
        const at = new Date()
        const fired = {
          title,
          description: '',
          severity: 'HIGH',
          labels: {},
          value: 7,
          threshold: 5,
        } as const
        const of = { ruleId, fingerprint: `rule/${ruleId}/${title}` }
        return alertedIncidents.fire(
          tx,
          trustedPermit(tenant, operator),
          of,
          { ...fired, note: '7 >= 5', reopenSince: at },
          at,
        )
      })
    const [rule, other] = [await make('Errors'), await make('Other')]
    await fire(rule.id, 'open')
    await fire(rule.id, 'open too')
    await fire(other.id, 'of another')
    await router.look()
    const edit = async (change: { description?: string; channels?: string[] }): Promise<void> => {
      if (how === 'by itself') await rules.update(permit, { id: rule.id, ...change })
      else await rules.apply(permit, { rules: [{ ...ruleOf('Errors'), ...change }] })
    }
    await edit({ description: 'no channel yet' })
    expect(await world.signals()).toBe(0)
    await edit({ channels: ['own'] })
    await router.look()
    await router.after(11_000)
    const told = await world.told()
    expect(told.map(({ channelId }) => channelId)).toEqual([own])
    expect(titles(told)).toEqual([['open', 'open too']])
    expect(await world.signals()).toBe(0)
  },
)
