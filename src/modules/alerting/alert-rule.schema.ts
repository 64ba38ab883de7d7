import { defineList } from '../../graphql/list.ts'
import { AlertRule } from './alert-rule.types.schema.ts'

const AlertRules = defineList({
  model: 'AlertRule',
  of: AlertRule,
  items: 'alert rules',
  filter: (is) => ({
    name: is.text('Name.'),
    enabled: is.flag('Whether it is evaluated.'),
    hasFired: is.flag('Whether one of its series ever fired.'),
    lastFiredAt: is.time('Time when one of its series began to fire last.'),
  }),
  order: {
    NAME: { by: 'name', unique: true, description: 'Name.' },
    LAST_FIRED_AT: { by: 'lastFiredAt', description: 'Time when one of its series began to fire last.' },
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
  },
  first: ['NAME', 'ASC'],
})
AlertRules.root('alertRules', {
  action: 'alertRule:read',
  description: 'Alert rules of the tenant.',
  rows: ({ alertRules }) => alertRules.reads,
})
