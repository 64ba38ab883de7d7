import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture, World } from './fixture.ts'

/** A rule that is breached from the first tick on, and unless told never long enough to open an incident. */
export const breached = async (
  { modules, permit, word }: Pick<World, 'modules' | 'permit' | 'word'>,
  name: string,
  hold = 'P1D',
): Promise<void> => {
  await modules.alertRules.service.create(permit<'alertRule:write'>(), {
    name,
    description: `${word} description`,
    dataset: 'platform_events',
    aggregate: 'ABSENCE',
    filter: { label: { name: 'type', eq: `${word}-nothing` } },
    window: 'PT1M',
    for: hold,
    labels: [{ name: `${word}-label`, value: word }],
    annotations: [{ name: 'title', value: `${word} title` }],
    channels: [`${word} channel 1`], // of notifications
  })
  await modules.alerting.service.tick(Date.now())
}

const check = (column: string, refused: readonly string[], kept: readonly string[]) => ({
  refused: refused.map((value) => `UPDATE alert_rules SET ${column} = ${value}`),
  kept: kept.map((value) => `UPDATE alert_rules SET ${column} = ${value}`),
})

export const alerting: DomainFixture = {
  nodes: { AlertRule: 'alert_rules', Alert: 'alert_series' },

  rows: async ({ insert, common, word, at }) => {
    const rule = uuidv7()
    await insert('alert_rules', {
      ...common(),
      id: rule,
      name: word,
      dataset: 'log_events',
      aggregate: 'COUNT',
      operator: 'GT',
      threshold: 1,
      window_ms: 60_000,
    })
    await insert('alert_series', {
      ...common(),
      rule_id: rule,
      rule_name: word,
      fingerprint: `rule/${rule}/${word}`,
      scope: word,
      labels: {},
      state: 'PENDING',
      since: at,
      seen_at: at,
    })
  },

  constraints: {
    alert_rules_name_check: check('name', [`''`, `repeat('n', 201)`], [`repeat('n', 200)`]),
    alert_rules_window_ms_check: check('window_ms', ['999', '1500', '86401000'], ['1000', '86400000']),
    alert_rules_for_ms_check: check('for_ms', ['-1', '86400001'], ['0', '86400000']),
    alert_rules_keep_firing_ms_check: check('keep_firing_ms', ['-1', '86400001'], ['0', '86400000']),
    alert_rules_reopen_ms_check: check('reopen_ms', ['-1', '604800001'], ['0', '604800000']),
    alert_rules_delay_ms_check: check('delay_ms', ['-1', '3600001'], ['0', '3600000', 'NULL']),
    alert_rules_min_samples_check: check('min_samples', ['0'], ['1']),
    alert_lease_id_check: {
      refused: [`INSERT INTO alert_lease (id, holder, expires_at) VALUES (2, gen_random_uuid(), now())`],
      kept: [
        `INSERT INTO alert_lease (id, holder, expires_at) VALUES (1, gen_random_uuid(), now()) ON CONFLICT (id) DO NOTHING`,
      ],
    },
  },

  inhabit: async (world) => {
    for (const number of [1, 2]) await breached(world, `${world.word} rule ${number}`)
  },

  // A name of its own each time, since that of a rule is taken once.
  busy: (world, mark) => breached(world, `${mark} ${uuidv7()}`),

  longest: {
    'AlertRule.annotations': 32,
    'AlertRule.labels': 32,
    'Alert.labels': 37,
    'AlertDryRun.episodes': 1_000,
    'AlertEpisode.labels': 5,
  },

  literals: ({ word, id }) => ({
    'Query.alertRules.first': '5',
    'Query.alerts.first': '5',
    'Query.alertRuleDryRun.definition':
      '{ name: "D", dataset: "log_events", aggregate: "COUNT", groupBy: ["service"], operator: "GT", threshold: 0, window: "PT1M" }',
    // Its last tick comes after the facts, however young they are.
    'Query.alertRuleDryRun.range': `{ last: "PT20M", to: "${new Date(Date.now() + 600_000).toISOString()}" }`,
    'AlertRule.dryRun.range': '{ last: "PT10M" }',
    'Subscription.alertStateChanged.after': '"0-0"',
    'Mutation.createAlertRule.input': `{ name: "new-${word}", dataset: "log_events", aggregate: COUNT, operator: GT, threshold: 1e9, window: "PT1M" }`,
    'Mutation.updateAlertRule.input': `{ id: ${id('AlertRule')}, description: "Other" }`,
    'Mutation.applyAlertRules.input': `{ rules: [{ name: "applied-${word}", dataset: "log_events", aggregate: "COUNT", operator: "GT", threshold: 1000000000, window: "PT1M" }] }`,
    'Mutation.deleteAlertRule.input': `{ id: ${id('AlertRule')} }`,
  }),

  audited: async (run) => {
    const rule = {
      name: 'R',
      dataset: 'log_events',
      aggregate: 'COUNT',
      operator: 'GT',
      threshold: 1e9,
      window: 'PT1M',
    }
    const { alertRule } = await run('createAlertRule', rule)
    await run('updateAlertRule', { id: alertRule!.id, threshold: 1e8 })
    await run('applyAlertRules', { rules: [{ ...rule, name: 'S' }] })
    await run('deleteAlertRule', { id: alertRule!.id })
  },
}
