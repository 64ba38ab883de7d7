import type { BaseItem, Dataset } from '../../src/ingest/dataset.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'

/** An item as a producer sends it: fields with defaults may be left out. */
export type TestItem<Item extends BaseItem> = Pick<Item, 'time'> & Partial<Item>

/** Items as the lines that ingest would store. Throws for one that ingest would refuse for its fields. */
export const linesOf = <Item extends BaseItem>(
  dataset: Dataset<Item>,
  tenant: TenantId,
  items: readonly TestItem<Item>[],
): Buffer[] =>
  items.map((item) => {
    const checked = dataset.schema.parse(item)
    return Buffer.from(`${dataset.toLine(tenant, checked, checked.event_id ?? uuidv7())}\n`)
  })

/** Stores items in one insert, over the road that the writer takes. */
export const storeItems = <Item extends BaseItem>(
  clickHouse: ClickHouse,
  dataset: Dataset<Item>,
  tenant: TenantId,
  items: readonly TestItem<Item>[],
  token: string = uuidv7(),
): Promise<void> =>
  clickHouse.insertRows(dataset.name, dataset.columns, linesOf(dataset, tenant, items), token)
