import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf, type Context } from '../../graphql/context.ts'
import { Label } from '../../graphql/labels.ts'
import { asksClickHouse, type Check } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { formatDuration, parseDuration } from '../../platform/duration.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { AlertLevel } from './alert.schema.ts'
import { AlertRule } from './alert-rule.types.schema.ts'
import { MAX_EPISODES, type DryRun, type Episode } from './dry-run.ts'

const AlertEpisode = builder.objectRef<Episode>('AlertEpisode').implement({
  description: 'A time in which a rule would have had an incident open for one series.',
  fields: (t) => ({
    labels: t.field({
      type: [Label],
      description: 'Values of the labels of `groupBy`.',
      extensions: { cost: { small: true, items: 5 } },
      resolve: ({ labels }) => Object.entries(labels).map(([name, value]) => ({ name, value })),
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'Tick at which it would have fired.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Tick at which it would have been resolved; null for beyond the window.',
    }),
    peak: t.exposeFloat('peak', { nullable: true, description: 'Worst value; null without data.' }),
    level: t.expose('level', { type: AlertLevel, description: 'Worst level.' }),
  }),
})

const AlertDryRun = builder.objectRef<DryRun>('AlertDryRun').implement({
  description:
    "What a rule would have done: the evaluator's own steps over rows that are stored now, every series OK at first.",
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Start of the window.' }),
    to: t.expose('to', { type: 'DateTime', description: 'End of the window.' }),
    every: t.field({
      type: 'Duration',
      description: 'Distance of the ticks.',
      resolve: ({ everyMs }) => formatDuration(everyMs),
    }),
    ticks: t.exposeInt('ticks', { description: 'Number of ticks.' }),
    series: t.exposeInt('series', { description: 'Number of series that there were.' }),
    episodes: t.expose('episodes', {
      type: [AlertEpisode],
      description: `Episodes, oldest first. After ${MAX_EPISODES} of them the dry run ends.`,
      extensions: { cost: { small: true, items: MAX_EPISODES } },
    }),
  }),
})

const args = builder.args((t) => ({
  range: t.field({ type: TimeRangeInput, description: 'Window (default: the last 24 hours).' }),
  every: t.field({
    type: 'Duration',
    description:
      'Distance of the ticks, a multiple of PT5S (default: the least that makes 20,000 of them at most).',
  }),
}))
type Args = {
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
  readonly every?: string | null | undefined
}
const askOf = ({ range, every }: Args, clock: Clock) => ({
  ...resolveRange(range ?? {}, clock),
  everyMs: every == null ? undefined : parseDuration(every),
})
const check: Check = (given, clock) => void askOf(given, clock)
const options = {
  type: AlertDryRun,
  nullable: true as const,
  extensions: { ...asksClickHouse, check },
}
const run = (given: Args, context: Context) => askOf(given, clockOf(context))

builder.prismaObjectField(AlertRule, 'dryRun', (t) =>
  t.field({
    ...options,
    description: 'What it would have done over a past window.',
    args,
    resolve: ({ id }, given, context) =>
      context.modules.alertRules.queries.dryRun(tenantOf(context), { id }, run(given, context), context),
  }),
)
builder.queryField('alertRuleDryRun', (t) =>
  t.field({
    ...options,
    description: `What a rule that is not made yet would have done over a past window. ${needs('alertRule:read')}`,
    authScopes: { action: 'alertRule:read' },
    args: {
      ...args,
      definition: t.arg({
        type: 'JSON',
        required: true,
        description: 'The rule, in the form of `AlertRule.definition`.',
      }),
    },
    resolve: (_root, { definition, ...given }, context) =>
      context.modules.alertRules.queries.dryRun(
        tenantOf(context),
        { definition },
        run(given, context),
        context,
      ),
  }),
)
