import { accountMutation, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { BootstrapToken } from './bootstrap-token.schema.ts'
import { EdgeNode } from './edge-node.schema.ts'

mutation('createBootstrapToken', {
  action: 'bootstrapToken:write',
  creates: true,
  secret: true,
  description: 'Creates a token with which one edge node registers in a cluster.',
  input: (t) => ({
    clusterId: idOf(t, 'Cluster'),
    name: t.string({ required: true, description: 'Name for people (1-100 characters).' }),
    expiresIn: t.field({
      type: 'Duration',
      description: 'How long it can be used (default P1D, at most P30D).',
    }),
  }),
  run: (permit, input, { bootstrapTokens }) => bootstrapTokens.service.create(permit, input),
  payload: (t) => ({
    bootstrapToken: t.field({
      type: BootstrapToken,
      description: 'The new token, without its secret.',
      resolve: ({ bootstrapToken }) => bootstrapToken,
    }),
    token: t.exposeString('token', {
      nullable: true,
      description:
        'Token for `registerEdgeNode`, shown only here and only once; null when the request repeats an earlier one.',
    }),
  }),
})

mutation('revokeBootstrapToken', {
  action: 'bootstrapToken:write',
  description: 'Ends a bootstrap token that was not used. A node that registered with it stays.',
  input: (t) => ({ id: idOf(t, 'BootstrapToken') }),
  run: (permit, { id }, { bootstrapTokens }) => bootstrapTokens.service.revoke(permit, id),
  payload: only('bootstrapToken', BootstrapToken, 'The token.'),
})

accountMutation('registerEdgeNode', {
  open: 'The bootstrap token is the credential of a machine that has none yet.',
  secret: true,
  proves: true,
  description:
    'Makes a machine an edge node of the cluster of its bootstrap token, which is used up, and answers the API key with which it sends its facts. A node that registers again in its cluster gets a new key, and the one before ends.',
  input: (t) => ({
    token: t.string({ required: true, description: 'The bootstrap token.' }),
    slug: t.string({
      required: true,
      description: "The operator's own name, as facts have it, 1 to 128 characters; unique in the tenant.",
    }),
    name: t.string({ description: 'Name for people (1-200 characters, default: the slug).' }),
    region: t.string({ description: 'Region of its location (128 characters at most).' }),
    zone: t.string({ description: 'Zone in the region (128 characters at most).' }),
    latitude: t.float({ description: 'Latitude of its location, in degrees (-90 to 90).' }),
    longitude: t.float({ description: 'Longitude of its location, in degrees (-180 to 180).' }),
    cpuCores: t.int({ description: 'Number of its processor cores (1-65,536).' }),
    memoryGb: t.int({ description: 'Its memory, in gigabytes (1-1,000,000).' }),
    diskGb: t.int({ description: 'Its disks, in gigabytes (1-100,000,000).' }),
    addresses: t.stringList({
      description: 'Addresses under which it is reached, 16 at most, of 255 characters at most.',
    }),
    tags: t.stringList({ description: 'Tags, 32 at most, of 64 characters at most.' }),
  }),
  run: (input, { registrations }, { actor }) => registrations.service.register(actor, input),
  payload: (t) => ({
    slug: t.string({ description: 'Slug of the node.', resolve: ({ edgeNode }) => edgeNode.slug }),
    apiKey: t.exposeString('apiKey', {
      description: 'API key of the node with the scope `ingest`, shown only here and only once.',
    }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node, for who may read it in its tenant; null for the machine itself.',
      resolve: ({ edgeNode }, _args, { viewer }) =>
        viewer.kind !== 'anonymous' && viewer.tenant === edgeNode.tenantId ? edgeNode : null,
    }),
  }),
})
