import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { MaintenanceWindow } from './maintenance-window.schema.ts'

const payload = only('maintenanceWindow', MaintenanceWindow, 'The maintenance window.')

mutation('createMaintenanceWindow', {
  action: 'silence:write',
  creates: true,
  description:
    'Creates a maintenance window of an edge node, of a stream, or of both. A node that is DRAINING or in MAINTENANCE needs none.',
  input: (t) => ({
    nodeId: idOf(t, 'EdgeNode', {
      required: false,
      description: 'Global id of the edge node; this, `streamId` or both are needed.',
    }),
    streamId: idOf(t, 'Stream', {
      required: false,
      description: 'Global id of the stream; this, `nodeId` or both are needed.',
    }),
    startsAt: t.field({ type: 'DateTime', description: 'Its start (default: now).' }),
    endsAt: t.field({
      type: 'DateTime',
      description: 'Its end, 366 days after the start at most; this or `for` is needed.',
    }),
    for: t.field({ type: 'Duration', description: 'How long it lasts, such as PT2H, instead of `endsAt`.' }),
    comment: t.string({ description: 'What is done (2,000 characters at most; default: empty).' }),
  }),
  run: (permit, input, { maintenanceWindows }) => maintenanceWindows.service.create(permit, input),
  payload,
})

mutation('updateMaintenanceWindow', {
  action: 'silence:write',
  description: 'Changes those fields of a maintenance window that are given: an end that is now ends it.',
  input: (t) => ({
    id: idOf(t, 'MaintenanceWindow'),
    startsAt: t.field({ type: 'DateTime', description: 'Its start.' }),
    endsAt: t.field({ type: 'DateTime', description: 'Its end.' }),
    comment: t.string({ description: 'What is done (2,000 characters at most).' }),
  }),
  run: (permit, input, { maintenanceWindows }) => maintenanceWindows.service.update(permit, input),
  payload,
})

mutation('deleteMaintenanceWindow', {
  action: 'silence:write',
  description: 'Deletes a maintenance window.',
  input: (t) => ({ id: idOf(t, 'MaintenanceWindow') }),
  run: (permit, { id }, { maintenanceWindows }) => maintenanceWindows.service.remove(permit, id),
  payload: deleted('MaintenanceWindow'),
})
