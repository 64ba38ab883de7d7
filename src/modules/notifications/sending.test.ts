import { expect, test } from 'vitest'
import { backoffMs, MAX_ATTEMPTS } from './backoff.ts'
import { nextOf } from './delivery.ts'
import { exampleIncident, messageOf } from './sample-message.ts'
import { mailOf } from './send-email.ts'
import { pagerDutyBody } from './send-pagerduty.ts'
import { slackBody } from './send-slack.ts'
import { failed, waitOf } from './sending.ts'

const at = new Date('2026-11-29T12:00:00Z')
const incident = exampleIncident(at)
const what = {
  id: '01a22820-f10e-7611-b555-80263a75a5ea',
  message: messageOf(incident, at),
  channel: { id: 'c', name: 'Ops' },
  subject: '[FIRING] a < b & c',
  text: 'a < b & c > d',
  url: 'https://h.example/graphql?query=x&variables=y',
}

const between = (random: number) =>
  Array.from({ length: MAX_ATTEMPTS }, (_, n) => backoffMs(n + 1, () => random) / 1_000)

test('waits grow threefold from five seconds to an hour, each a fifth more or less', () => {
  expect(between(0.5)).toEqual([5, 15, 45, 135, 405, 1_215, 3_600, 3_600, 3_600, 3_600])
  expect(between(0)[0]).toBe(4)
  expect(between(1)[9]).toBe(4_320)
})

test('ten attempts, then it is given up; Retry-After is kept to, and 410 ends it at once', () => {
  const rejected = failed('REJECTED', 'x', 500)
  expect(nextOf(rejected, 9, false, at).status).toBe('PENDING')
  expect(nextOf(rejected, 10, false, at)).toEqual({ status: 'FAILED' })
  expect(nextOf(failed('GONE', 'x', 410), 1, true, at)).toEqual({ status: 'FAILED' })
  expect(nextOf(failed('GONE', 'x', 410), 1, false, at).status).toBe('PENDING')
  expect(nextOf({ ...rejected, retryAfterMs: 60_000 }, 1, false, at)).toEqual({
    status: 'PENDING',
    at: new Date(at.getTime() + 60_000),
  })
})

test.each([
  ['120', 120_000],
  ['0', 0],
  ['999999', 3_600_000],
  ['Sun, 29 Nov 2026 12:10:00 GMT', 600_000],
  ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
  ['soon', null],
  [undefined, null],
])('Retry-After %s is %s ms', (text, ms) => {
  expect(waitOf(text, at)).toBe(ms)
})

type SlackBody = { text: string; blocks: { type: string; text: { type: string; text: string } }[] }

test("a body for Slack is of the form of incoming webhooks, within Slack's bounds, its three marks escaped", () => {
  const { text, blocks } = JSON.parse(slackBody(what)) as SlackBody
  expect(text).toBe('[FIRING] a &lt; b &amp; c')
  expect(blocks).toEqual([
    { type: 'header', text: { type: 'plain_text', text: '[FIRING] a < b & c' } },
    { type: 'section', text: { type: 'mrkdwn', text: 'a &lt; b &amp; c &gt; d' } },
    {
      type: 'section',
      text: {
        type: 'mrkdwn',
        text: '<https://h.example/graphql?query=x&amp;variables=y|Open in Heliograph>',
      },
    },
  ])
  for (const longest of ['&'.repeat(100_000), '😀'.repeat(100_000), 'line & line\n'.repeat(20_000)]) {
    const long = JSON.parse(slackBody({ ...what, subject: 's'.repeat(500), text: longest })) as SlackBody
    expect(long.blocks.length).toBeLessThanOrEqual(50)
    expect(long.blocks[0]!.text.text).toHaveLength(150)
    for (const block of long.blocks.slice(1, -1)) {
      expect(block.text.text.length).toBeLessThanOrEqual(3_000)
      expect(block.text.text.isWellFormed()).toBe(true)
      expect(block.text.text.replaceAll('&amp;', '')).not.toContain('&')
    }
  }
})

test('a body for PagerDuty is of the form of Events API v2: trigger, acknowledge and resolve of one key', () => {
  const bodyOf = (given: object) =>
    JSON.parse(
      pagerDutyBody({ ...what, message: { ...what.message, ...given } }, 'k'.repeat(32), 'https://h.example'),
    ) as object
  expect(bodyOf({})).toMatchObject({
    routing_key: 'k'.repeat(32),
    event_action: 'trigger',
    dedup_key: what.message.dedupKey,
    client: 'Heliograph',
    client_url: 'https://h.example',
    links: [{ href: what.url, text: expect.any(String) }],
    payload: {
      summary: what.subject,
      source: 'Error rate',
      severity: 'error',
      timestamp: what.message.at,
      custom_details: { incidents: [{ number: 1, labels: { service: 'checkout' } }] },
    },
  })
  const acknowledged = { incidents: [{ ...incident, acknowledgedBy: 'Ada' }] }
  expect(bodyOf(acknowledged)).toMatchObject({ event_action: 'acknowledge' })
  expect(bodyOf({ ...acknowledged, raised: true })).toMatchObject({ event_action: 'trigger' })
  // The others of the group are acknowledged or silenced.
  const over = { incidents: [{ ...incident, status: 'RESOLVED' }] }
  expect(bodyOf(over)).toMatchObject({ event_action: 'acknowledge' })
  expect(bodyOf({ kind: 'TEST', incidents: [] })).toMatchObject({ event_action: 'trigger' })
  expect(bodyOf({ kind: 'RESOLVED' })).toMatchObject({
    event_action: 'resolve',
    dedup_key: what.message.dedupKey,
  })
  const long = pagerDutyBody({ ...what, subject: 's'.repeat(5_000) }, 'k', 'https://h.example')
  expect((JSON.parse(long) as { payload: { summary: string } }).payload.summary).toHaveLength(1_024)
})

test('a body for PagerDuty has 512 KB at most, however large labels are, and says how many incidents there are', () => {
  const labels = Object.fromEntries(
    Array.from({ length: 64 }, (_, n) => [`label-${n}`, '\u0001'.repeat(1_000)]),
  )
  const many = (count: number) => Array.from({ length: count }, () => ({ ...incident, labels }))
  const bodyOf = (count: number) => {
    const body = pagerDutyBody(
      {
        ...what,
        text: '\u0001'.repeat(100_000),
        message: { ...what.message, incidents: many(count), more: 7 },
      },
      'k'.repeat(32),
      'https://h.example',
    )
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(512 * 1_024)
    return (JSON.parse(body) as { payload: { custom_details: { incidents: object[]; count: number } } })
      .payload.custom_details
  }
  expect(bodyOf(50)).toMatchObject({ count: 57, incidents: [{ labels }] })
  expect(bodyOf(1)).toMatchObject({ count: 8, incidents: [{ labels }] })
})

test('mails of one breach are one thread, each with an id of its own', () => {
  const to = { from: 'h@example.com', to: ['a@example.com'] }
  const [first, last] = [mailOf(what, to), mailOf({ ...what, id: 'other' }, to)]
  expect(first.messageId).not.toBe(last.messageId)
  expect(first.references).toEqual(last.references)
  const another = { ...what, message: { ...what.message, dedupKey: 'another' } }
  expect(mailOf(another, to).references).not.toEqual(first.references)
})
