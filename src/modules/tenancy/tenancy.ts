import type { Core } from '../core.ts'
import './tenant.schema.ts'
import './tenant.mutations.schema.ts'
import './project.schema.ts'
import './project.mutations.schema.ts'
import './member.schema.ts'
import './member.mutations.schema.ts'
import './invitation.schema.ts'
import './invitation.mutations.schema.ts'
import { createInvitationService } from './invitation.service.ts'
import { createInvitationStore } from './invitation.store.ts'
import { createMemberService } from './member.service.ts'
import { createMemberStore } from './member.store.ts'
import { createProjectService } from './project.service.ts'
import { createProjectStore } from './project.store.ts'
import { createTenantService } from './tenant.service.ts'
import { createTenantStore } from './tenant.store.ts'

/** Tenants, their projects and environments, and who is a member or may become one. */
export const createTenancy = (core: Pick<Core, 'postgres' | 'changes' | 'clock'>) => {
  const { clock } = core
  const tenants = createTenantStore(core)
  const projects = createProjectStore(core)
  const members = createMemberStore(core)
  const invitations = createInvitationStore(core)
  return {
    tenants: { reads: tenants.reads, service: createTenantService({ store: tenants, clock }) },
    projects: {
      reads: projects.reads,
      environmentReads: projects.environmentReads,
      service: createProjectService({ store: projects, clock }),
    },
    members: {
      reads: members.reads,
      service: createMemberService({ store: members, membershipsOf: tenants.membershipsOf }),
    },
    invitations: {
      reads: invitations.reads,
      service: createInvitationService({
        store: invitations,
        members,
        tenantOfInvitation: tenants.byInvitation,
        clock,
      }),
    },
  }
}
