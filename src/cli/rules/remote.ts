import { AppError } from '../../platform/errors.ts'
import type { Graph } from '../graph.ts'
import type { RuleChange } from './changes-text.ts'
import { placedErrors, type RuleFile } from './rule-file.ts'
import { terse } from './terse.ts'

const APPLY = `mutation ApplyRules($input: ApplyAlertRulesInput!) {
  applyAlertRules(input: $input) {
    ... on ApplyAlertRulesPayload { changes { name change differences { field before after } } }
    ... on Problem { code message path }
    ... on ValidationError { errors { path message } }
  }
}`

type Applied =
  | { readonly changes: readonly RuleChange[] }
  | {
      readonly code: string
      readonly message: string
      readonly errors?: readonly { readonly path: readonly string[]; readonly message: string }[]
    }

/** Has the server apply a file's rules. Throws AppError, with the lines of the file that are wrong. */
export const applyRules = async (
  graph: Graph,
  file: RuleFile,
  options: { readonly dryRun: boolean; readonly prune: boolean },
): Promise<readonly RuleChange[]> => {
  const input = { rules: file.rules, ...options }
  const { applyAlertRules: answer } = await graph<{ applyAlertRules: Applied }>(APPLY, { input })
  if ('changes' in answer) return answer.changes
  throw new AppError('BAD_REQUEST', answer.errors ? placedErrors(file, answer.errors) : answer.message)
}

const EXPORT = `query ExportRules($after: String) {
  alertRules(first: 100, after: $after, orderBy: { field: NAME, direction: ASC }) {
    nodes { definition }
    pageInfo { hasNextPage endCursor }
  }
}`

type Page = {
  readonly alertRules: {
    readonly nodes: readonly { readonly definition: Record<string, unknown> }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

/** All rules of the tenant by name, as people would write them. */
export const exportedRules = async (graph: Graph): Promise<Record<string, unknown>[]> => {
  const rules: Record<string, unknown>[] = []
  const after = async (cursor: string | null): Promise<Record<string, unknown>[]> => {
    const { alertRules } = await graph<Page>(EXPORT, { after: cursor })
    rules.push(...alertRules.nodes.map(({ definition }) => terse(definition)))
    const { hasNextPage, endCursor } = alertRules.pageInfo
    return hasNextPage ? after(endCursor) : rules
  }
  return after(null)
}
