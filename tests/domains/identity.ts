import type { DomainFixture } from './fixture.ts'

const PASSWORD = '"a password of tests"'

export const identity: DomainFixture = {
  nodes: {
    ApiKey: 'api_keys',
    User: 'users',
    Session: 'sessions',
    TenantMembership: 'memberships',
    Viewer: 'api_keys',
  },

  longest: { 'Query.signInProviders': 3 },

  literals: ({ word, id }) => ({
    'Query.apiKeys.first': '100',
    'Mutation.createApiKey.input': '{ name: "New", scopes: [READ], mode: TEST }',
    'Mutation.rotateApiKey.input': `{ id: ${id('ApiKey')} }`,
    'Mutation.revokeApiKey.input': `{ id: ${id('ApiKey')} }`,
    'Mutation.signUp.input': `{ email: "new-${word}@example.test", password: ${PASSWORD}, name: "New" }`,
    'Mutation.signIn.input': `{ email: "new-${word}@example.test", password: ${PASSWORD} }`,
    'Mutation.refreshSession.input': '{ refreshToken: "hr_none" }',
    'Mutation.switchTenant.input': '{ slug: "none" }',
    'Mutation.revokeSession.input': `{ id: ${id('Session')} }`,
    'Mutation.changePassword.input': `{ oldPassword: ${PASSWORD}, newPassword: "another password of tests" }`,
    'Mutation.beginOAuth.input': '{ provider: GITHUB, redirectUri: "none" }',
    'Mutation.completeOAuth.input': '{ ticket: "ho_none", callbackUrl: "none" }',
    'Mutation.linkOAuth.input': `{ ticket: "ho_none", callbackUrl: "none", password: ${PASSWORD} }`,
  }),

  audited: async (run) => {
    const { apiKey } = await run('createApiKey', { name: 'K', mode: 'TEST', scopes: ['READ'] })
    const rotated = await run('rotateApiKey', { id: apiKey!.id })
    await run('revokeApiKey', { id: rotated.apiKey!.id })
  },
}
