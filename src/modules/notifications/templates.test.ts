import { expect, test } from 'vitest'
import { exampleIncident, messageOf } from './sample-message.ts'
import { MAX_STEPS, parseTemplate, renderTemplate } from './template.ts'
import { placeholders, rendered, wrongTemplate } from './templates.ts'

const at = new Date('2026-11-29T12:00:00Z')
const incident = exampleIncident(at)
const message = messageOf(incident, at)
const urlOf = ({ number }: { readonly number: number }) => `https://h.example/${number}`
const textOf = (body: string, given = message) => rendered({ subject: null, body }, given, 'Ops', urlOf).text

test.each([
  ['{{ kind }} {{title}} {{ severity }}', 'FIRING Error rate: service=checkout HIGH'],
  [
    '{{ rule }}: {{ value }} {{ operator }} {{ threshold }} over {{ window }}',
    'Error rate: 0.12 > 0.05 over PT5M',
  ],
  ['{{ labels.service }}, {{ groupLabels.service }}, {{ labels }}', 'checkout, checkout, service=checkout'],
  ['{{ labels.host }} {{ groupLabels.none }}', '<no value> <no value>'],
  ['{{ labels.toString }} {{ labels.__proto__ }}', '<no value> <no value>'],
  ['{{ count }} {{ channel }} {{ url }} {{ dedupKey }}', `1 Ops https://h.example/1 incident/${incident.id}`],
  ['{{ more }} {{ route }} {{ acknowledgedBy }}', '<no value> <no value> <no value>'],
  ['{{#more}}and {{ more }}{{/more}}.', '.'],
  ['{{#labels.service}}on {{ labels.service }}{{/labels.service}}', 'on checkout'],
  ['{{#incidents}}[{{ number }} {{ status }} {{ labels.host }}]{{/incidents}}', '[1 FIRING <no value>]'],
  ['no placeholder } { at all', 'no placeholder } { at all'],
  ['$& $1 {{ title }}', '$& $1 Error rate: service=checkout'],
])('%s is %s', (template, text) => {
  expect(wrongTemplate(template)).toBeUndefined()
  expect(textOf(template)).toBe(text)
})

test.each([
  ['{{ nothing }}', 'There is no placeholder {{ nothing }}.'],
  ['{{ labels. }}', 'There is no placeholder {{ labels. }}.'],
  ['{{ constructor }}', 'There is no placeholder {{ constructor }}.'],
  ['{{#incidents}} {{ kind }} {{/incidents}}', 'There is no placeholder {{ kind }}.'],
  ['{{#incidents}} never closed', '{{#incidents}} is not closed.'],
  ['{{#constructor}}{{/constructor}}', 'There is no "constructor" to repeat.'],
  ['{{#toString}}{{ title }}{{/toString}}', 'There is no "toString" to repeat.'],
  [
    '{{#incidents}}{{#hasOwnProperty}}{{/hasOwnProperty}}{{/incidents}}',
    'There is no "hasOwnProperty" to repeat.',
  ],
  ['{{ __proto__.toString }}', 'There is no placeholder {{ __proto__.toString }}.'],
  ['{{/incidents}}', '{{/incidents}} closes a section that is not open.'],
  ['{{#rule}}{{#value}}{{/rule}}{{/value}}', '{{/rule}} closes a section that is not open.'],
  ['{{#nothing}}{{/nothing}}', 'There is no "nothing" to repeat.'],
  ['{{ title', '"{{" begins a placeholder that has no end.'],
  [
    '{{#rule}}{{#rule}}{{#rule}}{{#rule}}{{/rule}}{{/rule}}{{/rule}}{{/rule}}',
    '{{#rule}} is nested too deeply.',
  ],
])('%s is refused: %s', (template, wrong) => {
  expect(wrongTemplate(template)).toBe(wrong)
})

test('the usual words tell rule, labels, value, threshold, window, link, who works on it and that it is over', () => {
  const over = {
    ...incident,
    status: 'RESOLVED' as const,
    acknowledgedBy: 'Ada',
    resolvedAt: '2026-11-29T12:30:00.000Z',
  }
  const given = { ...message, kind: 'RESOLVED' as const, incidents: [over, over], more: 3 }
  const { subject, text } = rendered({ subject: null, body: null }, given, 'Ops', urlOf)
  expect(subject).toBe('[RESOLVED] Error rate: service=checkout and 4 more')
  // The others of its group are acknowledged or silenced: it is told all the same that this one is over.
  const usual = rendered({ subject: null, body: null }, { ...given, kind: 'FIRING', more: 0 }, 'Ops', urlOf)
  expect(usual.subject).toBe('[RESOLVED] Error rate: service=checkout and 1 more')
  for (const part of [
    'Rule: Error rate: 0.12 > 0.05 over PT5M',
    'Labels: service=checkout',
    'Acknowledged by: Ada',
    'Resolved: 2026-11-29T12:30:00.000Z',
    'https://h.example/1',
    'And 3 more.',
    `Id: ${message.dedupKey}`,
  ])
    expect(text).toContain(part)
})

test('what an incident says is never read as a template, and a subject is one line', () => {
  const given = { ...message, incidents: [{ ...incident, title: 'a\r\nBcc: x@example.com {{ kind }}' }] }
  expect(rendered({ subject: '{{ title }}', body: null }, given, 'Ops', urlOf).subject).toBe(
    'a Bcc: x@example.com {{ kind }}',
  )
})

test('a message without an incident has a title and a link all the same', () => {
  const { subject, text } = rendered(
    { subject: null, body: null },
    { ...message, kind: 'TEST', incidents: [] },
    'Ops',
    urlOf,
  )
  expect(subject).toBe('[TEST] A test of this channel')
  expect(text).toContain(message.dedupKey)
})

const large = {
  ...message,
  incidents: Array.from({ length: 50 }, (_, number) => ({
    ...incident,
    number,
    labels: Object.fromEntries(Array.from({ length: 64 }, (_each, n) => [`label-${n}`, 'x'.repeat(1_000)])),
  })),
}

test('a template that repeats gigabytes makes no more of them than a message has', () => {
  const many = `{{#incidents}}${'{{labels}}'.repeat(1_900)}{{/incidents}}`
  const { subject, text } = rendered({ subject: many, body: many }, large, 'Ops', urlOf)
  expect([subject.length, text.length]).toEqual([250, 100_000])
  expect([subject.at(-1), text.at(-1)]).toEqual(['…', '…'])
})

test.each([
  ['sections that give nothing', '{{#labels}}{{/labels}}'],
  ['sections that have nothing', '{{#resolvedAt}}x{{/resolvedAt}}'],
  ['sections within sections', '{{#labels}}{{#labels}}{{/labels}}{{/labels}}'],
])('%s end after so many steps, and the usual words go', (_what, section) => {
  const template = `{{#incidents}}${section.repeat(Math.floor(19_900 / section.length))}{{/incidents}}`
  let reads = 0
  const counting = new Proxy(
    { labels: { host: 'a' }, resolvedAt: '' },
    { getOwnPropertyDescriptor: (of, name) => ((reads += 1), Reflect.getOwnPropertyDescriptor(of, name)) },
  )
  const values = { incidents: Array.from({ length: 200 }, () => counting) }
  expect(renderTemplate(parseTemplate(template, placeholders), values, 100)).toEqual({
    text: '',
    isWhole: false,
  })
  expect(reads).toBeGreaterThan(0)
  expect(reads).toBeLessThanOrEqual(3 * MAX_STEPS)
  expect(textOf(template, large)).toContain('Since: ')
})

test('a text of nothing but spaces is none, however long, and one that ends with them is cut', () => {
  expect(textOf(`{{#incidents}}${' '.repeat(10_000)}{{/incidents}}`, large)).toContain('Since: ')
  expect(textOf(`a{{#incidents}}${' '.repeat(10_000)}{{/incidents}}`, large)).toMatch(/^a +…$/)
})

test('spaces without an end are refused as fast as anything else', () => {
  expect(wrongTemplate(`{{${' '.repeat(19_000)}`)).toBe('"{{" begins a placeholder that has no end.')
  expect(textOf(`{{ ${' '.repeat(9_000)}# ${' '.repeat(9_000)}more }}x{{ / more }}.`)).toBe('.')
})
