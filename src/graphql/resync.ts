import type { Resync as ResyncItem } from '../platform/bus/tail.ts'
import { builder } from './builder.ts'

const ResyncReason = builder.enumType('ResyncReason', {
  description: 'Why events may be missing.',
  values: {
    TRIMMED: { description: 'You were away for longer than the tail reaches back.' },
    LOST: { description: 'The store of the tail lost data.' },
    UNREADABLE: { description: 'An event is of a newer form than this server reads.' },
  } as const,
})

/** Member of every union of events: a hole is said, never left out. */
export const Resync = builder.objectRef<ResyncItem>('Resync').implement({
  description:
    'Events may be missing here. Load the state again with a query; what follows is complete from `cursor` on.',
  fields: (t) => ({
    reason: t.field({ type: ResyncReason, description: 'Why.', resolve: ({ resync }) => resync.reason }),
    cursor: t.string({
      description: 'The place from which on it is complete.',
      resolve: ({ resync }) => resync.cursor,
    }),
  }),
})
