import type { Measure } from '../../ingest/measure.ts'
import type { IdsOf } from '../../platform/postgres/ids-by-name.ts'
import type { Core } from '../core.ts'
import type { createIncidents } from '../incidents/incidents.ts'
import './alert-rule.schema.ts'
import './alert-rule.mutations.schema.ts'
import './alert-rule.apply.schema.ts'
import './alert.schema.ts'
import './alert-state.live.schema.ts'
import './noisy-rules.schema.ts'
import { createActsStore } from './acts.store.ts'
import { createAlertRuleApplyService } from './alert-rule.apply.service.ts'
import { createAlertRuleApplyStore } from './alert-rule.apply.store.ts'
import { createAlertRuleService } from './alert-rule.service.ts'
import { createAlertRuleStore } from './alert-rule.store.ts'
import { alertStateChangedTopic } from './alerting.topics.ts'
import './dry-run.schema.ts'
import { createDryRunQueries } from './dry-run.queries.ts'
import { createEvaluator } from './evaluator.ts'
import { createEvaluatorStore } from './evaluator.store.ts'
import { actWith, evaluatorTask } from './evaluator.task.ts'
import { createWindowQueries } from './windows.queries.ts'

export const alertingTopics = [alertStateChangedTopic]

/** Rules, the state of their series, and who evaluates them. */
export const createAlerting = (
  core: Core & {
    readonly alertedIncidents: ReturnType<typeof createIncidents>['alertedIncidents']
    readonly measures: ReadonlyMap<string, Measure>
    readonly channelIds: IdsOf
    readonly poke: () => void
  },
) => {
  const { postgres, alertedIncidents, measures, poke, log, clock } = core
  const store = createAlertRuleStore(core)
  const evaluator = createEvaluator({
    store: createEvaluatorStore({ postgres }),
    windows: createWindowQueries(core),
    measures,
    act: actWith(createActsStore({ ...core, alerted: alertedIncidents })),
    poke,
    log,
  })
  return {
    alertRules: {
      reads: store.reads,
      queries: createDryRunQueries({ ...core, reads: store.reads }),
      service: {
        ...createAlertRuleService({ store, measures }),
        ...createAlertRuleApplyService({ store: createAlertRuleApplyStore(core), measures }),
      },
    },
    alerts: { reads: store.seriesReads },
    /** The third role of the program. */
    alerting: { service: { ...evaluator, task: evaluatorTask({ evaluator, clock }) } },
  }
}
