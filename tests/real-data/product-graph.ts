import type { Graph } from './graph.ts'

/** Which events: one type, since the files share a tenant. */
export type ProductAsk = { readonly eventType: string; readonly fromMs: number; readonly toMs: number }

const iso = (ms: number): string => new Date(ms).toISOString()
const argumentsOf = ({ eventType, fromMs, toMs }: ProductAsk): string =>
  `filter: {eventType: {eq: "${eventType}"}}, range: {from: "${iso(fromMs)}", to: "${iso(toMs)}"}`

export const countEvents = async (graph: Graph, ask: ProductAsk): Promise<number> => {
  const { productEvents } = await graph.query<{ productEvents: { totalCount: string } }>(
    `{ productEvents(${argumentsOf(ask)}, first: 1) { totalCount } }`,
  )
  return Number(productEvents.totalCount)
}

export type ProductEvent = { time: string; properties: Record<string, unknown> }

/** Every event, page by page, newest first. */
export const allEvents = async (graph: Graph, ask: ProductAsk): Promise<ProductEvent[]> => {
  type Page = { nodes: ProductEvent[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
  const events: ProductEvent[] = []
  for (let after = ''; ;) {
    const { productEvents } = await graph.query<{ productEvents: Page }>(
      `{ productEvents(${argumentsOf(ask)}, first: 100${after}) {
        nodes { time properties } pageInfo { hasNextPage endCursor }
      } }`,
    )
    events.push(...productEvents.nodes)
    if (!productEvents.pageInfo.hasNextPage) return events
    after = `, after: "${productEvents.pageInfo.endCursor}"`
  }
}

export type Group = { value: unknown; count: number }

/** Number of events by the value of a property, most first; null for events without it. */
export const groupsBy = async (graph: Graph, ask: ProductAsk, property: string): Promise<Group[]> => {
  const { analytics } = await graph.query<{
    analytics: { by: { groups: { value: unknown; count: string }[] } }
  }>(
    `{ analytics { by: productEventBreakdown(${argumentsOf(ask)}, property: "${property}", first: 1000) {
      groups { value count }
    } } }`,
  )
  return analytics.by.groups.map(({ value, count }) => ({ value, count: Number(count) }))
}

export type ProductSeries = {
  readonly count: number
  readonly users: number
  readonly points: readonly { readonly timeMs: number; readonly count: number }[]
}

/** Events over time; only buckets with events. */
export const seriesOf = async (graph: Graph, ask: ProductAsk, step: string): Promise<ProductSeries> => {
  type Numbers = { count: string; users: string }
  const { analytics } = await graph.query<{
    analytics: { series: Numbers & { points: { time: string; count: string }[] } }
  }>(
    `{ analytics { series: productEvents(${argumentsOf(ask)}, step: "${step}") {
      count users points { time count }
    } } }`,
  )
  const points = analytics.series.points.map(({ time, count }) => ({
    timeMs: Date.parse(time),
    count: Number(count),
  }))
  return {
    count: Number(analytics.series.count),
    users: Number(analytics.series.users),
    points: points.filter(({ count }) => count > 0),
  }
}
