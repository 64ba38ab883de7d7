import { cursorOf, type Item, type Resync as ResyncItem } from '../platform/bus/tail.ts'
import { builder } from './builder.ts'

const ResyncReason = builder.enumType('ResyncReason', {
  description: 'Reasons why events may be missing.',
  values: {
    TRIMMED: { description: 'The subscriber was away for longer than events are kept.' },
    LOST: { description: 'The store of the events lost data.' },
    UNREADABLE: { description: 'An event is of a newer form than this server reads.' },
    STARTED: { description: 'The subscription begins here. Told only to whoever asks with `withStart`.' },
  } as const,
})

/** Whatever a subscription to events tells. */
export const LiveEvent = builder.interfaceRef<Item<object>>('LiveEvent').implement({
  description: 'What a subscription to events tells: an event, or word that some may be missing.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Position in the subscription: subscribe with it as `after` to go on from here.',
      resolve: cursorOf,
    }),
  }),
})

/** Member of every union of events: a hole is said, never left out. */
export const Resync = builder.objectRef<ResyncItem>('Resync').implement({
  description:
    'Events may be missing here. Load the state again with a query; what follows is complete from `cursor` on.',
  interfaces: [LiveEvent as never],
  fields: (t) => ({
    reason: t.field({
      type: ResyncReason,
      description: 'Reason why events may be missing.',
      resolve: ({ resync }) => resync.reason,
    }),
  }),
})
