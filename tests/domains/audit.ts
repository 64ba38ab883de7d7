import type { DomainFixture } from './fixture.ts'

export const audit: DomainFixture = {
  nodes: { AuditEntry: 'audit_logs', AuditActor: 'audit_logs' },

  literals: () => ({ 'Query.auditLog.first': '20' }),
}
