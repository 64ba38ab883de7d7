/** What viewers can be grouped by. */
export type ViewersBy = 'STREAM' | 'COUNTRY' | 'EDGE_NODE' | 'CONNECTION_TYPE' | 'CITY' | 'PLACE'

/** What names a group: cities of one name lie in several countries. */
export type GroupKey = { readonly by: ViewersBy; readonly key: string; readonly countryCode: string }

/** Degrees of a group by PLACE; null where the samples give none. */
export const positionOf = ({ by, key }: GroupKey): { latitude: number; longitude: number } | null => {
  if (by !== 'PLACE' || key === '') return null
  const [latitude, longitude] = key.split(',').map(Number)
  return { latitude: latitude!, longitude: longitude! }
}
