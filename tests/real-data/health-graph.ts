import { literal, type Graph } from './graph.ts'

export type Interval = {
  readonly nodeName: string
  readonly state: string
  readonly from: string
  readonly to: string | null
  readonly seconds: number
}

export type HealthFacts = {
  readonly samples: number
  readonly bitrateKbps: number | null
  readonly rebuffering: number | null
  readonly rebufferings: number
  readonly intervals: readonly Interval[]
}

export type HealthRange = { readonly fromMs: number; readonly toMs: number }

const iso = (ms: number): string => literal(new Date(ms).toISOString())
const rangeOf = ({ fromMs, toMs }: HealthRange): string => `range: {from: ${iso(fromMs)}, to: ${iso(toMs)}}`

/** A stream's health over a window, by a step, and the states of its buffers. */
export const askHealth = async (
  graph: Graph,
  internalName: string,
  range: HealthRange,
  step: string,
): Promise<HealthFacts> => {
  const { stream } = await graph.query<{
    stream: {
      health: { samples: string; bitrateKbps: number | null; rebuffering: number | null }
      rebuffering: { rebufferings: string; intervals: Interval[] }
    }
  }>(`{
    stream: streamByInternalName(internalName: ${literal(internalName)}) {
      health(${rangeOf(range)}, step: "${step}") { samples bitrateKbps rebuffering }
      rebuffering(${rangeOf(range)}) { rebufferings intervals { nodeName state from to seconds } }
    }
  }`)
  return {
    samples: Number(stream.health.samples),
    bitrateKbps: stream.health.bitrateKbps,
    rebuffering: stream.health.rebuffering,
    rebufferings: Number(stream.rebuffering.rebufferings),
    intervals: stream.rebuffering.intervals,
  }
}

/** Mean bitrate of each bucket with samples, oldest first. */
export const askBitrates = async (
  graph: Graph,
  internalName: string,
  range: HealthRange,
  step: string,
): Promise<number[]> => {
  const { analytics } = await graph.query<{
    analytics: { streamHealth: { points: { bitrateKbps: number | null }[] } }
  }>(`{ analytics { streamHealth(internalName: ${literal(internalName)}, ${rangeOf(range)}, step: "${step}") {
    points { bitrateKbps }
  } } }`)
  return analytics.streamHealth.points.flatMap(({ bitrateKbps }) => bitrateKbps ?? [])
}

/** Number of samples that name an issue with these words. */
export const countIssues = async (graph: Graph, words: string, range: HealthRange): Promise<number> => {
  const { issues } = await graph.query<{ issues: { totalCount: string } }>(
    `{ issues: streamHealthIssues(filter: {issues: {contains: ${literal(words)}}}, ${rangeOf(range)}, first: 1) { totalCount } }`,
  )
  return Number(issues.totalCount)
}
