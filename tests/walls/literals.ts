import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { domains } from '../domains/index.ts'
import type { Literals } from './everything.ts'
import type { Inhabitant } from './inhabitant.ts'

/** Three of each type: `nodes` takes 100 ids, and of what is written down at each change there are more. */
export const someOf = (ids: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.values(ids).flatMap((each) => each.slice(0, 3))

/** Every argument of the graph that names something, naming what is `owner`'s. */
export const literalsOf = ({ ids, word, streams }: Inhabitant): Literals => {
  const id = (type: string): string => JSON.stringify(ids[type]?.[0] ?? encodeGlobalID(type, uuidv7()))
  const named = { word, streams, id }
  return Object.assign(
    {
      'Query.node.id': id('Stream'),
      // One of each type: everything of all that there is would cost more than one may ask.
      'Query.nodes.ids': JSON.stringify(Object.values(ids).flatMap(([first]) => first ?? [])),
    },
    ...domains.map(({ literals }) => literals?.(named)),
  ) as Literals
}
