import { expect, test } from 'vitest'
import { trustTenantId, uuidv7 } from '../platform/ids.ts'
import { actions, roles, scopes, type Action, type Permission } from './actions.ts'
import { programActor } from './actor.ts'
import { permit } from './permit.ts'
import { anonymous, type Viewer } from './viewer.ts'

const tenant = trustTenantId(uuidv7())
const actor = programActor('test')
const user = {
  kind: 'user',
  id: uuidv7(),
  name: 'Ada',
  email: 'ada@example.test',
  sessionId: uuidv7(),
} as const
const viewers: [string, Viewer, (permission: Permission) => boolean][] = [
  ['nobody', anonymous, () => false],
  ['who acts in no tenant', { ...user, tenant: undefined, role: undefined }, () => false],
  ...scopes.map((scope): (typeof viewers)[number] => [
    `a key with the scope ${scope}`,
    { kind: 'apiKey', id: uuidv7(), name: 'K', tenant, scopes: new Set([scope]) },
    ({ scopes }) => scopes.includes(scope),
  ]),
  ...roles.map((role): (typeof viewers)[number] => [
    `the role ${role}`,
    { ...user, tenant, role },
    ({ roles }) => roles === 'anybody' || roles.includes(role),
  ]),
]

test.each(viewers)(
  '%s gets a permit for exactly what the table allows, in its own tenant',
  (_who, viewer, may) => {
    for (const action of Object.keys(actions) as Action[]) {
      const asked = () => permit(viewer, actor, action)
      if (may(actions[action])) expect(asked()).toEqual({ tenant, actor, action })
      else expect(asked, action).toThrow()
    }
  },
)
