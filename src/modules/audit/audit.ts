import type { Core } from '../core.ts'
import './audit.schema.ts'
import { createAuditService } from './audit.service.ts'
import { createAuditStore } from './audit.store.ts'

/** The audit log: a chain of entries for each tenant, and one for what belongs to none. */
export const createAudit = (core: Core) => {
  const store = createAuditStore(core)
  return { audit: { reads: store.reads, service: createAuditService({ ...core, store }) } }
}
