import pg from 'pg'

type Statement = { readonly text: string; readonly values: unknown[] }
type Plan = { 'Node Type': string; 'Index Cond'?: string; Plans?: Plan[] }
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** The statements that any connection of this process is given while `work` runs. */
const statementsDuring = async (work: () => Promise<unknown>): Promise<Statement[]> => {
  const prototype = pg.Client.prototype as unknown as { query: (...all: unknown[]) => unknown }
  const { query } = prototype
  const seen: Statement[] = []
  prototype.query = function watched(this: unknown, ...all) {
    if (typeof (all[0] as Partial<Statement>).text === 'string') seen.push(all[0] as Statement)
    return query.apply(this, all)
  }
  try {
    await work()
    return seen
  } finally {
    prototype.query = query
  }
}

/**
 * How Postgres reads the pages that `work` asks of a table: as the program's role, below row-level security,
 * with the planner as it is. Whether `column` stands in an index condition of each, and what else is done.
 */
export const planOf = async (
  owner: pg.Client,
  work: () => Promise<unknown>,
  at: { readonly table: string; readonly column: string; readonly scope: readonly [string, string] },
): Promise<string> => {
  const pages = (await statementsDuring(work)).filter(
    ({ text }) => text.includes(`"${at.table}"`) && / ORDER BY .* LIMIT /s.test(text),
  )
  if (pages.length === 0) throw new Error(`no page of ${at.table} was read`)
  try {
    await owner.query('SET ROLE heliograph_app')
    await owner.query(`SELECT set_config('app.tenant_id', $1, false), set_config('app.user_id', $2, false)`, [
      ...at.scope,
    ])
    const told = new Set<string>()
    for (const { text, values } of pages) {
      const { rows } = await owner.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      )
      const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan)
      // Of rows that share the cursor's value, an index by id alone serves as well as that of the order.
      const cursor = new RegExp(`${at.column}|\\(id [<>]`)
      const held = nodes.some((node) => cursor.test(node['Index Cond'] ?? ''))
      told.add(held ? 'yes' : 'no')
      for (const { 'Node Type': type } of nodes) if (/Sort|Seq Scan|Bitmap Heap/.test(type)) told.add(type)
    }
    return [...told].join(', ')
  } finally {
    await owner.query('RESET ROLE')
  }
}
