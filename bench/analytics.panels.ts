/** A panel of the dashboard: a field of `Analytics`, with a step that its rollup answers. */
export type Panel = {
  readonly name: string
  readonly field: string
  readonly arguments: string
  readonly selection: string
  /** A step near to it that no rollup answers, so that the same question is read from the rows; without it there is none, or no rollup. */
  readonly raw?: { readonly from: string; readonly to: string }
}

const day = 'range: { last: "P1D" }, step: "PT15M"'
const week = 'range: { last: "P7D" }, step: "PT1H"'
/** 16 and 72 minutes are no multiples of five minutes, and divide a day. */
const quarter = { from: '"PT15M"', to: '"PT16M"' }
const hour = { from: '"PT1H"', to: '"PT72M"' }

export const panels: readonly Panel[] = [
  {
    name: 'viewers, a day',
    field: 'viewers',
    arguments: day,
    selection: 'peak average viewerMinutes points { time average peak }',
    raw: quarter,
  },
  {
    name: 'viewers by country, a day',
    field: 'viewers',
    arguments: day,
    selection: 'groups(by: COUNTRY, first: 10) { key average share points { time average } }',
    raw: quarter,
  },
  {
    name: 'top streams, a day',
    field: 'viewers',
    arguments: day,
    selection: 'groups(by: STREAM, first: 10) { key average peak }',
    raw: quarter,
  },
  {
    name: 'viewers of a stream, a week',
    field: 'viewers',
    arguments: `internalName: "stream-7", ${week}`,
    selection: 'peak average points { time average peak }',
    raw: hour,
  },
  {
    name: 'joins and leaves, a week',
    field: 'connections',
    arguments: week,
    selection: 'joins leaves points { time joins leaves }',
    raw: hour,
  },
  {
    name: 'health of a stream, a day',
    field: 'streamHealth',
    arguments: `internalName: "stream-7", ${day}`,
    selection: 'samples points { time healthScore bitrateKbps }',
    raw: quarter,
  },
  {
    name: 'load of all nodes, a week',
    field: 'nodeLoad',
    arguments: week,
    selection: 'cpuPercent nodes points { time cpuPercent connections bandwidthOutBps }',
    raw: hour,
  },
  {
    name: 'routing, a day',
    field: 'routing',
    arguments: day,
    selection: 'decisions successRate points { time decisions successRate }',
  },
  {
    name: 'log levels, a week',
    field: 'logLevels',
    arguments: week,
    selection: 'levels { level count points { time count } }',
  },
  {
    name: 'product events and users, a week',
    field: 'productEvents',
    arguments: week,
    selection: 'count users points { time count users }',
  },
]

/** A document with the panels in it, under one name each. */
export const documentOf = (some: readonly Panel[]): string => {
  const fields = some.map(
    (panel, index) => `p${index}: ${panel.field}(${panel.arguments}) { ${panel.selection} }`,
  )
  return `{ analytics { ${fields.join(' ')} } }`
}

/** The same question of the rows themselves; undefined where there is no rollup. */
export const rawOf = (panel: Panel): Panel | undefined =>
  panel.raw && { ...panel, arguments: panel.arguments.replace(panel.raw.from, panel.raw.to) }
