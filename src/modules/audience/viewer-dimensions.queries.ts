import { sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { ViewersBy } from './viewer-groups.ts'

type Dimension = {
  readonly key: Sql
  /** Country of the group, where that is a part of its name. */
  readonly country?: Sql
  /**
   * A column that is no part of a sample's key: the samples of one key may differ in it. Only the samples
   * themselves have it; statements call it `attribute`.
   */
  readonly attribute?: Sql
}

// What was not given is stored as 0: no viewer is at 0, 0, in the Gulf of Guinea.
const place = sql`if(latitude = 0 AND longitude = 0, '', concat(toString(latitude), ',', toString(longitude)))`

export const dimensions: Readonly<Record<ViewersBy, Dimension>> = {
  STREAM: { key: sql`internal_name` },
  COUNTRY: { key: sql`country_code`, country: sql`country_code` },
  EDGE_NODE: { key: sql`node_id` },
  CONNECTION_TYPE: { key: sql`connection_type` },
  CITY: { key: sql`attribute`, country: sql`country_code`, attribute: sql`city` },
  PLACE: { key: sql`attribute`, attribute: place },
}

/** The columns that name a group: `group_key` and `group_country`. */
export const groupColumns = (by: ViewersBy): Sql => {
  const { key, country = sql`''` } = dimensions[by]
  return sql`toString(${key}) AS group_key, toString(${country}) AS group_country`
}
