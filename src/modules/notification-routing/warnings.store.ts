import type { TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import { isBuiltIn, needsLabel, type Matcher } from './matcher.ts'

/** So many of the newest incidents say which labels there are. */
const RECENT = 1_000

const KNOWN = `
  SELECT ARRAY(
           SELECT jsonb_object_keys(labels) FROM (
             SELECT labels FROM incidents WHERE tenant_id = $1 ORDER BY number DESC LIMIT ${RECENT}) recent
           UNION SELECT jsonb_object_keys(labels) FROM alert_rules WHERE tenant_id = $1
           UNION SELECT unnest(group_by) FROM alert_rules WHERE tenant_id = $1) AS labels,
         ARRAY(SELECT name FROM alert_rules WHERE tenant_id = $1 AND name = ANY($2)) AS rules`

/**
 * What of matchers holds for nothing that there is: no reason to refuse them, since it may come yet, and most often a
 * slip of the keyboard.
 */
export const createWarnings =
  ({ postgres }: { readonly postgres: Postgres }) =>
  async (tenant: TenantId, matchers: readonly Matcher[]): Promise<string[]> => {
    if (matchers.length === 0) return []
    const named = matchers.flatMap((each) =>
      each.name === 'rule' && each.not !== true ? [each.eq ?? [], each.in ?? []].flat(2) : [],
    )
    const [known] = await postgres.query<{ labels: string[]; rules: string[] }>(tenantScope(tenant), {
      name: 'matchers_known',
      text: KNOWN,
      values: [tenant, named],
    })
    const labels = new Set(known!.labels)
    const rules = new Set(known!.rules)
    return [
      ...new Set([
        ...matchers
          .filter((each) => !isBuiltIn(each.name) && needsLabel(each) && !labels.has(each.name))
          .map(({ name }) => `No incident of late and no alert rule has a label "${name}".`),
        ...named.filter((name) => !rules.has(name)).map((name) => `There is no alert rule "${name}".`),
      ]),
    ]
  }
export type Warnings = ReturnType<typeof createWarnings>
