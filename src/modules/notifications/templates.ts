import { formatDuration } from '../../platform/duration.ts'
import { MAX_TOLD, type Message, type ToldIncident } from './message.ts'
import { parseTemplate, renderTemplate, TemplateError, type Names, type Values } from './template.ts'

const ofIncident = {
  texts: new Set([
    'id',
    'number',
    'title',
    'description',
    'severity',
    'status',
    'acknowledgedBy',
    'startedAt',
    'resolvedAt',
    'occurrences',
    'value',
    'threshold',
    'rule',
    'operator',
    'window',
    'url',
  ]),
  records: new Set(['labels']),
  lists: {},
} satisfies Names

/** Names of placeholders: those of a message, and of its gravest incident; those of each within `incidents`. */
export const placeholders: Names = {
  texts: new Set([
    ...ofIncident.texts,
    'kind',
    'count',
    'others',
    'more',
    'channel',
    'route',
    'dedupKey',
    'at',
    'repeats',
    'escalation',
  ]),
  records: new Set(['labels', 'groupLabels']),
  lists: { incidents: ofIncident },
}

export const USUAL_SUBJECT =
  '[{{ status }}] {{ title }}{{#others}} and {{ others }} more{{/others}}{{#escalation}} (escalated){{/escalation}}'
export const USUAL_BODY = `{{#groupLabels}}Group: {{ groupLabels }}
{{/groupLabels}}{{#incidents}}#{{ number }} {{ title }} ({{ severity }}, {{ status }})
{{#rule}}Rule: {{ rule }}: {{ value }} {{ operator }} {{ threshold }} over {{ window }}
{{/rule}}{{#labels}}Labels: {{ labels }}
{{/labels}}{{#description}}{{ description }}
{{/description}}Since: {{ startedAt }}
{{#acknowledgedBy}}Acknowledged by: {{ acknowledgedBy }}
{{/acknowledgedBy}}{{#resolvedAt}}Resolved: {{ resolvedAt }}
{{/resolvedAt}}{{ url }}

{{/incidents}}{{#more}}And {{ more }} more.
{{/more}}{{#route}}Route: {{ route }}
{{/route}}Id: {{ dedupKey }}`

const shown = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(6))))

/** Where a link leads: `incidentUrl` of `links.ts`. */
type UrlOf = (incident: Pick<ToldIncident, 'number'>) => string

const valuesOfIncident = (incident: ToldIncident, urlOf: UrlOf): Values => {
  const { labels, rule, value, threshold, ...rest } = incident
  return {
    id: rest.id,
    number: String(rest.number),
    title: rest.title,
    description: rest.description,
    severity: rest.severity,
    status: rest.status,
    acknowledgedBy: rest.acknowledgedBy ?? '',
    startedAt: rest.startedAt,
    resolvedAt: rest.resolvedAt ?? '',
    occurrences: String(rest.occurrences),
    value: shown(value),
    threshold: shown(threshold),
    rule: rule?.name ?? '',
    operator: rule?.operator ?? '',
    window: rule ? formatDuration(rule.windowSeconds * 1_000) : '',
    url: urlOf(incident),
    labels,
  }
}

/** What the placeholders of a message stand for. */
export const valuesOf = (message: Message, channel: string, urlOf: UrlOf): Values => {
  const { incidents, more, groupLabels } = message
  const [first] = incidents
  const count = incidents.length + more
  return {
    ...(first && valuesOfIncident(first, urlOf)),
    // What happened to nothing in particular, as with a test, has a title and a status all the same.
    ...(!first && { title: 'A test of this channel', status: message.kind, url: urlOf({ number: 0 }) }),
    kind: message.kind,
    count: String(count),
    others: count > 1 ? String(count - 1) : '',
    more: more > 0 ? String(more) : '',
    channel,
    route: message.route ?? '',
    dedupKey: message.dedupKey,
    at: message.at,
    repeats: message.repeats ? 'yes' : '',
    escalation: message.escalation > 0 ? String(message.escalation) : '',
    // A label that its incidents lack is none.
    groupLabels: Object.fromEntries(Object.entries(groupLabels).filter(([, value]) => value !== '')),
    incidents: incidents.map((incident) => valuesOfIncident(incident, urlOf)),
  }
}

export type Templates = { readonly subject: string | null; readonly body: string | null }
/** A line of a mail's head, and what most receivers show of one. */
const MAX_SUBJECT = 250
/** As much as receivers take in one message; a template that repeats more ends there. */
export const MAX_TEXT = MAX_TOLD * 2_000

/** A text that may be more than there is room for; what is left out is told by its last character. */
const cut = ({ text, isWhole }: ReturnType<typeof renderTemplate>, most: number): string =>
  isWhole && text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`

/** Subject and text of a message to a channel, by its templates or the usual ones. */
export const rendered = (
  templates: Templates,
  message: Message,
  channel: string,
  urlOf: UrlOf,
): { readonly subject: string; readonly text: string } => {
  const values = valuesOf(message, channel, urlOf)
  const of = (template: string) => renderTemplate(parseTemplate(template, placeholders), values, MAX_TEXT)
  const lineOf = (template: string) => {
    const { text, isWhole } = of(template)
    return { text: text.replaceAll(/\s+/g, ' ').trim(), isWhole }
  }
  // Receivers refuse what is empty: then the usual words go.
  const subject = lineOf(templates.subject ?? '')
  const body = of(templates.body ?? '')
  return {
    subject: cut(subject.text === '' ? lineOf(USUAL_SUBJECT) : subject, MAX_SUBJECT),
    text: cut(body.text.trim() === '' ? of(USUAL_BODY) : body, MAX_TEXT),
  }
}

/** What is wrong with a template, or undefined for nothing. */
export const wrongTemplate = (text: string): string | undefined => {
  try {
    parseTemplate(text, placeholders)
    return undefined
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
}
