import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { Service, ServicePlane } from './service.schema.ts'

const service = only('service', Service, 'The service.')
const settings = (t: InputBuilder) => ({
  defaultPort: t.int({ description: 'Port of an instance that names none, 1 to 65535 (null for none).' }),
  healthPath: t.string({
    description:
      'Path under which an instance tells its health over HTTP, such as /health (2,048 characters at most; null for none).',
  }),
  description: t.string({ description: 'What it does, for people (2,000 characters at most).' }),
})

mutation('createService', {
  action: 'infrastructure:write',
  creates: true,
  description: 'Creates a service, of which instances can register.',
  input: (t) => ({
    slug: t.string({
      required: true,
      description: "The operator's own name, 1 to 128 characters; unique in the tenant.",
    }),
    name: t.string({ description: 'Name for people (1-200 characters, default: the slug).' }),
    plane: t.field({ type: ServicePlane, required: true, description: 'What it is for.' }),
    ...settings(t),
  }),
  run: (permit, input, { services }) => services.service.create(permit, input),
  payload: service,
})

mutation('updateService', {
  action: 'infrastructure:write',
  description: 'Changes those fields of a service that are given.',
  input: (t) => ({
    id: idOf(t, 'Service'),
    name: t.string({ description: 'Name for people (1-200 characters).' }),
    plane: t.field({ type: ServicePlane, description: 'What it is for.' }),
    ...settings(t),
  }),
  run: (permit, input, { services }) => services.service.update(permit, input),
  payload: service,
})

mutation('deleteService', {
  action: 'infrastructure:write',
  description: 'Deletes a service that has no instances, with the replicas that clusters are to have of it.',
  input: (t) => ({ id: idOf(t, 'Service') }),
  run: (permit, { id }, { services }) => services.service.remove(permit, id),
  payload: deleted('Service'),
})
