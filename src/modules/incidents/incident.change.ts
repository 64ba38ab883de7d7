import type { TenantId } from '../../platform/ids.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { expecting } from '../../platform/write-problems.ts'
import type { IncidentRow, IncidentStore } from './incident.store.ts'

/** The incident that a change is about, and the version of it that the client has seen. */
export type Expected = { readonly id: string; readonly expectedVersion?: number | null | undefined }

export const missing = (field = 'id'): NotFoundError =>
  new NotFoundError('There is no incident with this id.', [field])

/** Throws NotFoundError, and ConflictError for a version that is not the newest and for what is merged into another. */
export const incidentToChange = async (
  store: IncidentStore,
  tenant: TenantId,
  { id, expectedVersion }: Expected,
): Promise<IncidentRow> => {
  const incident = await store.reads.find(tenant, { id })
  if (!incident) throw missing()
  expecting(expectedVersion, 'incident')(incident)
  if (incident.mergedIntoId !== null)
    throw new ConflictError('This incident is merged into another (`mergedInto`). Work on that one.', ['id'])
  return incident
}

/** What a change answers. Throws ConflictError, at that field, when somebody was faster. */
export const changing = async (change: Promise<IncidentRow | null>, field: string): Promise<IncidentRow> => {
  const changed = await change
  if (!changed)
    throw new ConflictError('Somebody else changed this incident just now. Read it again.', [field])
  return changed
}
