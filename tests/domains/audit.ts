import type { DomainFixture } from './fixture.ts'

export const audit: DomainFixture = { literals: () => ({ 'Query.auditLog.first': '100' }) }
