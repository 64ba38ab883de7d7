import { costOf, MAX_COST } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { planned } from '../limits/price.ts'
import { everythingOf, type Literals } from './everything.ts'

/** All that a subscription can tell, as deep as one may ask. */
export const mostOf = (field: Parameters<typeof everythingOf>[2], literals: Literals): string => {
  const texts = [5, 4, 3].map((depth) => everythingOf(schema, 'subscription', field, literals, depth))
  const found = texts.find((text) => costOf(planned(schema, text)) <= MAX_COST)
  if (found === undefined) throw new Error(`${field.name} can not be asked for its edges`)
  return found
}
