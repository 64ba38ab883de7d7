import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { Literals } from './everything.ts'
import type { Inhabitant } from './inhabitant.ts'

const text = (value: string): string => JSON.stringify(value)

/** Every argument of the graph that names something, naming what is `owner`'s. */
export const literalsOf = (owner: Inhabitant): Literals => {
  const { ids, globalIds } = owner
  const project = text(ids.Project?.[0] ?? encodeGlobalID('Project', uuidv7()))
  return {
    'Query.node.id': text(ids.Stream![0]!),
    'Query.nodes.ids': JSON.stringify(globalIds),
    'Query.streamByInternalName.internalName': text(owner.streams[0]!),
    // A page of 100 with all that each has costs more than an operation may.
    'Query.streams.first': '10',
    'Query.incidents.first': '100',
    'Query.edgeNodes.first': '100',
    'Query.apiKeys.first': '100',
    'Query.auditLog.first': '100',
    'Query.logs.first': '100',
    'Stream.viewers.range': '{ last: "PT10M" }',
    'Stream.viewers.step': '"PT5M"',
    'Analytics.logLevels.range': '{ last: "PT10M" }',
    'Analytics.logLevels.step': '"PT5M"',
    'Analytics.viewersNow.by': 'STREAM',
    'Mutation.createStream.input': `{ title: "New", internalName: "new-${owner.word}" }`,
    'Mutation.rotateStreamKey.streamId': text(ids.Stream![0]!),
    'Mutation.createApiKey.input': '{ name: "New", scopes: [READ], mode: TEST }',
    'Mutation.rotateApiKey.id': text(ids.ApiKey![0]!),
    'Mutation.revokeApiKey.id': text(ids.ApiKey![0]!),
    'Mutation.openIncident.input': `{ title: "New", severity: LOW, fingerprint: "new" }`,
    'Mutation.changeIncidentStatus.input': `{ id: ${text(ids.Incident![0]!)}, status: RESOLVED }`,
    'Mutation.addIncidentNote.input': `{ id: ${text(ids.Incident![0]!)}, note: "Hello" }`,
    'Mutation.signUp.email': text(`new-${owner.word}@example.test`),
    'Mutation.signUp.password': '"a password of tests"',
    'Mutation.signUp.name': '"New"',
    'Mutation.signIn.email': text(`new-${owner.word}@example.test`),
    'Mutation.signIn.password': '"a password of tests"',
    'Mutation.refreshSession.refreshToken': '"hr_none"',
    'Mutation.switchTenant.slug': '"none"',
    'Mutation.revokeSession.id': text(encodeGlobalID('Session', uuidv7())),
    'Mutation.changePassword.oldPassword': '"a password of tests"',
    'Mutation.changePassword.newPassword': '"another password of tests"',
    'Mutation.beginOAuth.provider': '"none"',
    'Mutation.beginOAuth.redirectUri': '"none"',
    'Mutation.completeOAuth.ticket': '"ho_none"',
    'Mutation.completeOAuth.callbackUrl': '"none"',
    'Mutation.linkOAuth.ticket': '"ho_none"',
    'Mutation.linkOAuth.callbackUrl': '"none"',
    'Mutation.linkOAuth.password': '"a password of tests"',
    'Mutation.createTenant.name': '"New"',
    'Mutation.createTenant.slug': text(`new-${owner.word}`),
    'Mutation.updateTenant.name': '"New"',
    'Mutation.deleteTenant.slug': '"none"',
    'Mutation.inviteMember.email': '"new@example.test"',
    'Mutation.inviteMember.role': 'VIEWER',
    'Mutation.withdrawInvitation.id': text(encodeGlobalID('Invitation', uuidv7())),
    'Mutation.acceptInvitation.token': '"hi_none"',
    'Mutation.changeMemberRole.userId': text(encodeGlobalID('User', uuidv7())),
    'Mutation.changeMemberRole.role': 'VIEWER',
    'Mutation.removeMember.userId': text(encodeGlobalID('User', uuidv7())),
    'Mutation.leaveTenant.slug': '"none"',
    'Mutation.transferOwnership.userId': text(encodeGlobalID('User', uuidv7())),
    'Mutation.createProject.name': '"New"',
    'Mutation.createProject.slug': text(`new-${owner.word}`),
    'Mutation.updateProject.id': project,
    'Mutation.deleteProject.id': text(encodeGlobalID('Project', uuidv7())),
    'Mutation.createEnvironment.projectId': project,
    'Mutation.createEnvironment.name': '"New"',
    'Mutation.createEnvironment.slug': text(`new-${owner.word}`),
    'Mutation.updateEnvironment.id': text(ids.Environment?.[0] ?? encodeGlobalID('Environment', uuidv7())),
    'Mutation.deleteEnvironment.id': text(encodeGlobalID('Environment', uuidv7())),
    'Subscription.viewerMetrics.streamId': text(ids.Stream![0]!),
  }
}
