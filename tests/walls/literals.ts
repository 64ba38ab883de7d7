import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { domains } from '../domains/index.ts'
import type { Literals } from './everything.ts'
import type { Inhabitant } from './inhabitant.ts'

/** Every argument of the graph that names something, naming what is `owner`'s. */
export const literalsOf = ({ ids, globalIds, word, streams }: Inhabitant): Literals => {
  const id = (type: string): string => JSON.stringify(ids[type]?.[0] ?? encodeGlobalID(type, uuidv7()))
  const named = { word, streams, id }
  return Object.assign(
    { 'Query.node.id': id('Stream'), 'Query.nodes.ids': JSON.stringify(globalIds) },
    ...domains.map(({ literals }) => literals?.(named)),
  ) as Literals
}
