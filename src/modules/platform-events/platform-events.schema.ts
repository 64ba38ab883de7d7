import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { projectFields } from '../tenancy/project-fields.schema.ts'
import type { PlatformEventAsk } from './platform-event-filter.queries.ts'
import type { PlatformEvent } from './platform-events.queries.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { platformEvents } from './platform-events.dataset.ts'

/** What of an event can be asked for, in lists, series and live. */
export const conditions = {
  type: is.text('Type of the event.'),
  service: is.text('Service that it is about.'),
  host: is.text('Host that it is about.'),
  version: is.text('Version that it is about.'),
  message: is.text('Text of the event.'),
  project: is.idOf('Project', 'Project of the event.'),
  environment: is.idOf('Environment', 'Environment of the event.'),
}
export const PlatformEventFilter = defineFilter('PlatformEvent', conditions, 'platform events')

export const PlatformEventRef = builder.objectRef<PlatformEvent>('PlatformEvent').implement({
  description: 'Something that was done to a platform, such as a deployment or a change of configuration.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', {
      description: 'Id of the event (a UUID): the same event sent twice counts once.',
    }),
    time: t.expose('time', { type: 'DateTime', description: 'Time at which it happened.' }),
    type: t.exposeString('type', {
      description: 'Type, as lower-case words with dots between them: deployment, configuration.changed.',
    }),
    service: t.exposeString('service', { description: 'Service that it is about; empty for none.' }),
    host: t.exposeString('host', { description: 'Host that it is about; empty for none.' }),
    version: t.exposeString('version', { description: 'Version that it is about; empty for none.' }),
    message: t.exposeString('message', {
      description: 'What happened, in words; empty for none.',
      extensions: longText(charactersOf(platformEvents, 'message')),
    }),
    body: t.expose('body', {
      extensions: longText(charactersOf(platformEvents, 'body')),
      type: 'JSON',
      description: 'Further values, with the types in which they were sent.',
    }),
    ...projectFields(t, 'the event'),
  }),
})

type EventArgs = {
  readonly filter?: object | null | undefined
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
}
/** Throws what `resolveRange` and the filter throw. */
const askedOf = ({ filter, range }: EventArgs, clock: Clock) => ({
  filter: PlatformEventFilter.parse(filter),
  range: resolveRange(range ?? {}, clock),
})

/** What a credential may ask: one that is for a project sees the events of that project alone. */
export const platformEventAskOf = (
  filter: object | null | undefined,
  range: PlatformEventAsk['range'],
  { viewer }: Context,
): PlatformEventAsk => ({ filter: PlatformEventFilter.parse(filter), range, project: projectOf(viewer) })

const PlatformEvents = defineFactList({ of: PlatformEventRef, items: 'platform events' })
PlatformEvents.root('platformEvents', {
  action: 'platformEvent:read',
  description: 'Platform events, such as deployments, newest first.',
  args: builder.args((t) => ({
    filter: t.field({ type: PlatformEventFilter.type, description: 'Conditions on the events.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the events (default: the last 24 hours).',
    }),
  })),
  ask: (args, context) => ({ ...askedOf(args, clockOf(context)), project: projectOf(context.viewer) }),
  check: askedOf,
  rows: ({ platformEvents }) => platformEvents.queries,
})
