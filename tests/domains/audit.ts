import type { DomainFixture } from './fixture.ts'

export const audit: DomainFixture = {
  nodes: { AuditEntry: 'audit_logs', AuditActor: 'audit_logs' },

  constraints: {
    audit_logs_sequence_check: {
      refused: [
        `INSERT INTO audit_logs (tenant_id, sequence, id, created_at, actor_kind, actor, action, outcome, prev_hash, hash)
         SELECT tenant_id, 0, gen_random_uuid(), created_at, actor_kind, actor, action, outcome, prev_hash, hash
           FROM audit_logs LIMIT 1`,
      ],
      kept: [],
    },
    audit_heads_first_sequence_check: {
      refused: ['UPDATE audit_heads SET first_sequence = 0'],
      kept: ['UPDATE audit_heads SET first_sequence = 2'],
    },
  },

  literals: () => ({ 'Query.auditLog.first': '20' }),
}
