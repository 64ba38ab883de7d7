/** What became of a request for an edge node. */
export const routingOutcomes = ['succeeded', 'failed'] as const
export type RoutingOutcome = (typeof routingOutcomes)[number]

/** What routers call a decision that led nowhere, also where they name the node that they tried. */
export const failureWords = [
  'failed',
  'failure',
  'error',
  'rejected',
  'denied',
  'timeout',
  'unavailable',
] as const

/** A node was found, and nothing went wrong with it. `status` in any case. */
export const outcomeOf = (selectedNode: string, status: string): RoutingOutcome =>
  selectedNode !== '' && !(failureWords as readonly string[]).includes(status.toLowerCase())
    ? 'succeeded'
    : 'failed'

/** How good a node was for a viewer, and why, as the router says. */
export type NodeScore = { readonly node: string; readonly score: number | null; readonly reason: string }

/** Nodes that a decision tells of; a router looks at fewer. */
export const MAX_SCORES = 100

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Best first, those without a number last. What a router sends besides numbers and reasons is left out. */
export const scoresOf = (document: object): NodeScore[] =>
  Object.entries(document)
    .map(([node, value]: [string, unknown]): NodeScore => {
      const { score, reason } = isObject(value) ? value : { score: value, reason: undefined }
      return {
        node,
        score: typeof score === 'number' ? score : null,
        reason: typeof reason === 'string' ? reason : '',
      }
    })
    .toSorted((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || (a.node < b.node ? -1 : 1))
    .slice(0, MAX_SCORES)
