import type { DomainFixture } from './fixture.ts'

export const tenancy: DomainFixture = {
  nodes: {
    Analytics: 'tenants',
    PlatformOverview: 'tenants',
    RateLimit: 'tenants',
    Tenant: 'tenants',
    Project: 'projects',
    Environment: 'environments',
    Member: 'memberships',
    Invitation: 'invitations',
  },

  inhabit: async ({ modules, permit, owner, word }) => {
    const named = (what: string) => ({ name: `${word} ${what}`, slug: `${word}-${what}` })
    const writes = permit<'project:write'>()
    const { id } = await modules.projects.service.create(writes, named('project'))
    await modules.projects.service.createEnvironment(writes, id, named('environment'))
    await modules.invitations.service.invite(
      { ...permit<'member:write'>(), actor: owner },
      { email: `${word}-invited@example.test`, role: 'VIEWER' },
    )
  },

  literals: ({ word, id }) => ({
    'Subscription.tenantActivity.withStart': 'true',
    'Mutation.createTenant.input': `{ name: "New", slug: "new-${word}" }`,
    'Mutation.updateTenant.input': '{ name: "New" }',
    'Mutation.deleteTenant.input': '{ slug: "none" }',
    'Mutation.inviteMember.input': '{ email: "new@example.test", role: VIEWER }',
    'Mutation.withdrawInvitation.input': `{ id: ${id('Invitation')} }`,
    'Mutation.acceptInvitation.input': '{ token: "hi_none" }',
    'Mutation.changeMemberRole.input': `{ id: ${id('Member')}, role: VIEWER }`,
    'Mutation.removeMember.input': `{ id: ${id('Member')} }`,
    'Mutation.leaveTenant.input': '{ slug: "none" }',
    'Mutation.transferOwnership.input': `{ id: ${id('Member')} }`,
    'Mutation.createProject.input': `{ name: "New", slug: "new-${word}" }`,
    'Mutation.updateProject.input': `{ id: ${id('Project')} }`,
    'Mutation.deleteProject.input': `{ id: ${id('Project')} }`,
    'Mutation.createEnvironment.input': `{ projectId: ${id('Project')}, name: "New", slug: "new-${word}" }`,
    'Mutation.updateEnvironment.input': `{ id: ${id('Environment')} }`,
    'Mutation.deleteEnvironment.input': `{ id: ${id('Environment')} }`,
  }),

  audited: async (run) => {
    const { project } = await run('createProject', { name: 'P', slug: 'p' })
    const about = { id: project!.id }
    await run('updateProject', { ...about, name: 'Q', color: '#123456' })
    const made = await run('createEnvironment', {
      projectId: about.id,
      name: 'E',
      slug: 'e',
      retentionDays: 9,
    })
    const { id } = made.environment!
    await run('updateEnvironment', { id, retentionDays: 8 })
    await run('deleteEnvironment', { id })
    await run('deleteProject', about)
  },
}
