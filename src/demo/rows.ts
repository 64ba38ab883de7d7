import { connectionEventsBetween, type ConnectionEventItem } from './connections.ts'
import type { Mode } from './degradations.ts'
import { logEventsBetween, type LogEventItem } from './logs.ts'
import { metricPointsBetween, type MetricPointItem } from './metrics.ts'
import type { NodeSampleItem } from './node-samples.ts'
import { platformEventsBetween, type PlatformEventItem } from './platform-events.ts'
import { productEventsBetween, type ProductEventItem } from './product-events.ts'
import { rowUuid } from './random.ts'
import { routingEventsOf, type RoutingEventItem } from './routing.ts'
import { streamEventsBetween, type StreamEventItem } from './stream-events.ts'
import { healthSamplesBetween, type HealthSampleItem } from './stream-health.ts'
import type { ViewerSampleItem } from './viewers.ts'
import type { World } from './world.ts'

/** What the demo sends of each dataset. */
type Items = {
  readonly viewer_samples: ViewerSampleItem
  readonly node_samples: NodeSampleItem
  readonly log_events: LogEventItem
  readonly platform_events: PlatformEventItem
  readonly metric_points: MetricPointItem
  readonly product_events: ProductEventItem
  readonly connection_events: ConnectionEventItem
  readonly stream_health_samples: HealthSampleItem
  readonly stream_events: StreamEventItem
  readonly routing_events: RoutingEventItem
}
export type DemoDataset = keyof Items
export type DemoItem = Items[DemoDataset]
export type DemoRows = { readonly [Dataset in DemoDataset]?: readonly Items[Dataset][] }

/** A span of real time, and of the world's time at `speed`. Unix milliseconds. */
export type Span = {
  readonly fromMs: number
  readonly toMs: number
  readonly worldFromMs: number
  readonly worldToMs: number
  readonly speed: number
}

/** At other speeds than 1 the same world time can come twice, so ids follow the real time. */
const inRealTime = <T extends DemoItem>(
  world: World,
  { fromMs, toMs, worldFromMs, worldToMs, speed }: Span,
  dataset: DemoDataset,
  items: readonly T[],
): readonly T[] => {
  if (worldFromMs === fromMs && worldToMs === toMs) return items
  return Array.from(items, (item) => {
    const time = fromMs + Math.floor((item.time - worldFromMs) / speed)
    return { ...item, time, event_id: rowUuid(world.seed, dataset, item.event_id, time) }
  })
}

/** All that the world tells of a span, but for what has an own rhythm: viewers, and product events of the history. */
export const storyRows = (world: World, span: Span, mode: Mode) => {
  const { fromMs, toMs, worldFromMs, worldToMs, speed } = span
  const worldTime = (timeMs: number): number => worldFromMs + Math.round((timeMs - fromMs) * speed)
  const moved = <T extends DemoItem>(dataset: DemoDataset, items: readonly T[]) =>
    inRealTime(world, span, dataset, items)
  const connections = connectionEventsBetween(world, worldFromMs, worldToMs)
  return {
    log_events: moved('log_events', logEventsBetween(world, worldFromMs, worldToMs, mode)),
    metric_points: moved('metric_points', metricPointsBetween(world, worldFromMs, worldToMs, mode)),
    connection_events: moved('connection_events', connections),
    platform_events: moved('platform_events', platformEventsBetween(world, worldFromMs, worldToMs)),
    routing_events: moved('routing_events', routingEventsOf(world, connections)),
    stream_events: moved('stream_events', streamEventsBetween(world, worldFromMs, worldToMs, mode)),
    stream_health_samples: healthSamplesBetween(world, fromMs, toMs, mode, worldTime),
  } satisfies DemoRows
}

export const productRows = (world: World, span: Span, mode: Mode): readonly ProductEventItem[] => {
  const events = productEventsBetween(world, span.worldFromMs, span.worldToMs, mode)
  return inRealTime(world, span, 'product_events', events)
}
