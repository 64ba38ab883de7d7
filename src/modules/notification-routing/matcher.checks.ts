import { z } from 'zod'
import type { FieldError } from '../../platform/problems.ts'
import { allValuesOf, holds, matcher, MAX_MATCHERS, operatorsOf, type Matcher } from './matcher.ts'

type Fault = Pick<FieldError, 'message'> & { readonly path: readonly (string | number)[] }

/** The texts that a matcher names in full, if it is one that asks for these and no others. */
const listed = ({ eq, in: list, not }: Matcher): readonly string[] | undefined => {
  if (not === true) return undefined
  return eq == null ? (list ?? undefined) : [eq]
}

const wrongWith = (given: Matcher): Fault | undefined => {
  const { name, in: list, not } = given
  if (name === '__proto__' || name !== name.trim())
    return { path: ['name'], message: `"${name}" is not the name of a label` }
  if (operatorsOf(given).length === 0)
    return { path: [], message: 'a condition is needed: eq, in, contains or startsWith' }
  if (list?.length === 0)
    return { path: ['in'], message: `an empty list ${not === true ? 'leaves out nothing' : 'never holds'}` }
  const closed = allValuesOf(name)
  const strange = closed && [given.eq ?? [], list ?? []].flat().find((text) => !closed.includes(text))
  return strange === undefined
    ? undefined
    : { path: [], message: `${name} is never "${strange}": it is one of ${closed!.join(', ')}` }
}

/** Whether some value of one name could fit all its matchers; true where nobody can tell. */
const canHold = (name: string, of: readonly Matcher[]): boolean => {
  const candidates = allValuesOf(name) ?? of.map(listed).find((texts) => texts !== undefined)
  return candidates === undefined || candidates.some((text) => holds(of, { [name]: text }))
}

/** Why a list of matchers would never hold, whatever incident came: each with its place in the list. */
export const faultsOf = (matchers: readonly Matcher[]): readonly Fault[] => {
  const faults = matchers.flatMap((each, index) => {
    const fault = wrongWith(each)
    return fault ? [{ ...fault, path: [index, ...fault.path] }] : []
  })
  if (faults.length > 0) return faults
  return Map.groupBy(matchers.entries(), ([, { name }]) => name)
    .entries()
    .flatMap(([name, of]) =>
      canHold(
        name,
        of.map(([, each]) => each),
      )
        ? []
        : [
            {
              path: [of.at(-1)![0]],
              message: `this can never hold together with what else is asked of "${name}"`,
            },
          ],
    )
    .toArray()
}

/** Matchers as they are sent: refused where they could never hold. */
export const matchers = (least: 0 | 1) =>
  z
    .array(matcher)
    .min(least)
    .max(MAX_MATCHERS)
    .superRefine((list, { addIssue }) => {
      for (const { path, message } of faultsOf(list)) addIssue({ code: 'custom', path: [...path], message })
    })
    .transform((list) => list.map(stored))

/** Without what is not given. */
const stored = (given: Matcher): Matcher =>
  Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value != null && !(key === 'not' && value === false)),
  ) as Matcher
