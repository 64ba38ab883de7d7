import type { Resync as ResyncItem } from '../platform/bus/tail.ts'
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

/** Member of every union of events: a hole is said, never left out. */
export const Resync = builder.objectRef<ResyncItem>('Resync').implement({
  description:
    'Events may be missing here. Load the state again with a query; what follows is complete from `cursor` on.',
  fields: (t) => ({
    reason: t.field({
      type: ResyncReason,
      description: 'Reason why events may be missing.',
      resolve: ({ resync }) => resync.reason,
    }),
    cursor: t.string({
      description: 'Position from which on nothing is missing.',
      resolve: ({ resync }) => resync.cursor,
    }),
  }),
})
