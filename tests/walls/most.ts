import { parse } from 'graphql'
import { checkDocument } from '../../src/graphql/limits/document.ts'
import { costOf, MAX_COST } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { AppError } from '../../src/platform/errors.ts'
import { planned } from '../limits/price.ts'
import { everythingOf, type Literals } from './everything.ts'

/** Whether a document keeps the limits of its form. */
const isShort = (text: string): boolean => {
  try {
    checkDocument(parse(text))
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/**
 * All that a subscription can tell, two deep: each event asks all of it. What lies deeper is asked of the same objects by
 * queries (roads.test.ts, people.test.ts). Throws where that is more than one may ask.
 */
export const mostOf = (field: Parameters<typeof everythingOf>[2], literals: Literals): string => {
  const text = everythingOf(schema, 'subscription', field, literals, 2)
  if (!isShort(text) || costOf(planned(schema, text)) > MAX_COST)
    throw new Error(`${field.name} can not be asked for its edges`)
  return text
}
