import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { checkItem, type Line } from '../../src/ingest/dataset.ts'
import { publisherOf } from '../../src/ingest/live.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { firehose, lives } from '../../src/modules/modules.ts'
import { topicName } from '../../src/platform/bus/topics.ts'
import { trustTenantId, uuidv7 } from '../../src/platform/ids.ts'
import { itemOf } from '../fuzz/bodies.ts'
import { createRandom } from '../fuzz/random.ts'

const tenant = trustTenantId(uuidv7())
const told = [...new Set(lives.map(({ dataset }) => dataset))]

test.each(told)('whatever ingest takes of %s can be told', (name) => {
  const dataset = datasets.find((each) => each.name === name)!
  const random = createRandom(7, told.indexOf(name))
  const own = lives.filter((live) => live.dataset === name)
  let taken = 0
  for (let turn = 0; turn < 400; turn += 1) {
    const checked = checkItem(dataset, itemOf(random, dataset, ['live', 'ü', ''], turn % 2 === 0), Date.now())
    if ('error' in checked) continue
    taken += 1
    const eventId = checked.item.event_id ?? uuidv7()
    const line = JSON.parse(dataset.toLine(tenant, checked.item, eventId)) as Line
    for (const live of own) {
      const tell = live.tell([line], Date.now())
      tell?.(
        {
          publishStateIn: (_pipeline, _tenant, topic, payload) => void topic.payload.parse(payload),
          publishFactsIn: (_pipeline, _tenant, topic, { payloads }) => {
            for (const payload of payloads) {
              topic.payload.parse(payload)
              firehose.topic.payload.parse({ topic: topicName(topic), payload })
            }
          },
          skipFactsIn: () => expect.unreachable(),
          watched: () => expect.unreachable(),
        },
        tenant,
        undefined as never,
        eventId,
      )
    }
  }
  expect(taken).toBeGreaterThan(100)
})

test('what can not be told all the same is left out, with its batch ended, its readers told and a line in the log', async () => {
  const facts = lives.find(({ topic, dataset }) => topic && dataset === 'log_events')!
  const [skipped, error] = [vi.fn(), vi.fn()]
  const bus = {
    publishStateIn: () => expect.unreachable(),
    publishFactsIn: () => {
      throw new TypeError('another shape')
    },
    skipFactsIn: skipped,
    watched: (tenants: Iterable<typeof tenant>) => Promise.resolve(new Set(tenants)),
  }
  const publish = publisherOf(
    bus,
    [facts],
    Object.assign(pino({ level: 'silent' }), { error }),
  )('log_events')!
  const dataset = datasets.find(({ name }) => name === 'log_events')!
  const checked = checkItem(
    dataset,
    { time: Date.now(), level: 'info', service: 's', message: 'm' },
    Date.now(),
  )
  if ('error' in checked) throw new Error(checked.error.message)
  const line = JSON.parse(dataset.toLine(tenant, checked.item, uuidv7())) as Line
  const rows = new Map([[tenant, [line]]])
  const announcements = await publish({ tenants: new Set([tenant]), rowsOf: () => rows }, Date.now())
  for (const announce of announcements) announce('pipeline' as never, 'token')
  expect(skipped.mock.calls).toEqual([['pipeline', tenant, facts.topic, 'token']])
  expect(error).toHaveBeenCalledOnce()
})
