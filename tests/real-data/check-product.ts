import type { CheckDeps } from './check-streams.ts'
import { groupsBy, seriesOf, type ProductAsk } from './product-graph.ts'
import { importEvents } from './product-import.ts'
import { productSources } from './product-sources.ts'
import type { FactText } from './readme-facts.ts'

/** Imports clicks and requests as product events, and asks for their counts, values, hours and users. */
export const checkProduct = async (deps: CheckDeps): Promise<void> => {
  const [clicks, requests] = productSources
  const ofClicks = await importEvents(deps, clicks)
  await checkClicks(deps, ofClicks.facts, ofClicks.ask)
  const ofRequests = await importEvents(deps, requests)
  await checkRequests(deps, ofRequests.facts, ofRequests.ask)
}

const valuesOf = async ({ graph, table }: CheckDeps, ask: ProductAsk, property: string) => {
  const groups = await groupsBy(graph, ask, property)
  const count = (value: unknown): number => groups.find((group) => group.value === value)?.count ?? 0
  const add = (fact: string, expected: number | string, answered: number | string): void =>
    table.add(`${ask.eventType}: ${fact}`, expected, answered)
  return { groups, count, add, known: groups.filter(({ value }) => value !== null) }
}

/** Blank text is left out by the import: empty and missing are one. */
const checkClicks = async (deps: CheckDeps, facts: FactText, ask: ProductAsk): Promise<void> => {
  const countries = await valuesOf(deps, ask, 'c')
  const { add } = countries
  add('countries', facts.number('countries #'), countries.known.length)
  const top = facts.match(/countries \d+ \(([^)]+)\)/)
  const five = countries.known.slice(0, 5).map(({ value, count }) => `${String(value)} ${count}`)
  add('top countries', top, five.join(', '))
  add('without country', facts.number('clicks without country #'), countries.count(null))
  add('known users', facts.number('nk=1 (known user) #'), (await valuesOf(deps, ask, 'nk')).count(1))
  const zoneless = facts.number('tz empty #') + facts.number('tz missing #')
  add('without time zone', zoneless, (await valuesOf(deps, ask, 'tz')).count(null))
  add("r='direct'", facts.number("r='direct' #"), (await valuesOf(deps, ask, 'r')).count('direct'))
  add('short links', facts.number('distinct short links g #'), (await valuesOf(deps, ask, 'g')).known.length)
  add('user agents', facts.number('distinct user agents #'), (await valuesOf(deps, ask, 'a')).known.length)
}

/** The address is the user. A user agent or a size of '-' is left out by the import. */
const checkRequests = async (deps: CheckDeps, facts: FactText, ask: ProductAsk): Promise<void> => {
  for (const [label, property] of [
    ['status', 'status'],
    ['methods', 'method'],
  ] as const) {
    const values = await valuesOf(deps, ask, property)
    for (const [value, expected] of Object.entries(facts.counts(label)))
      values.add(`${property} ${value}`, expected, values.count(value))
  }
  const bytes = await valuesOf(deps, ask, 'bytes')
  const sum = bytes.known.reduce((all, { value, count }) => all + Number(value) * count, 0)
  bytes.add('bytes', facts.number('bytes sum #'), sum)
  bytes.add("lines with '-' bytes", facts.number("lines with '-' bytes #"), bytes.count(null))
  const agents = await valuesOf(deps, ask, 'user_agent')
  agents.add('user agents', facts.number('distinct user agents #'), agents.groups.length)
  for (const step of ['PT1H', 'PT1M'])
    agents.add(
      `client addresses, users by ${step}`,
      facts.number('distinct client addresses #'),
      (await seriesOf(deps.graph, ask, step)).users,
    )
}
