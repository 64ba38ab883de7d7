import { field, number } from './fields.ts'

/** A tenth of a degree is about 11 km: enough for a map of an audience, too little to find a home. */
const tenth = (degrees: number): number => Math.round(degrees * 10) / 10

const twoLetters = /^[a-z]{2}$/i

/** Where a viewer is, as all facts about an audience have it. ZZ is an unknown country, 0 and 0 an unknown place. */
export const country = field('two letters of ISO 3166-1, or ZZ for unknown', (value) => {
  if (value === '') return 'ZZ'
  return typeof value === 'string' && twoLetters.test(value) ? value.toUpperCase() : undefined
})
export const latitude = number(-90, 90, tenth)
export const longitude = number(-180, 180, tenth)
