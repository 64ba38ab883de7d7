// Writes the pages of docs/ that are generated from the code: `npm run docs`.
// tests/contract/generated-docs.test.ts checks that they are up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GraphQLField } from 'graphql'
import { actions, type Permission } from '../src/auth/actions.ts'
import { actionOf, openReason } from '../src/graphql/root-actions.ts'
import { schema } from '../src/graphql/schema.ts'
import { measures } from '../src/modules/measures.ts'
import { formatDuration } from '../src/platform/duration.ts'
import { settingGroups, type Setting } from '../src/settings.ts'

const cells = (...values: readonly string[]): string =>
  `| ${values.map((value) => value.replaceAll('|', String.raw`\|`)).join(' | ')} |`

/** The default of a setting as one would write it; empty where there is none. */
export const defaultOf = ({ schema }: Setting): string => {
  const value = schema.safeParse(undefined).data
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

const code = (text: string): string => text && `\`${text}\``

/** `docs/settings.md`. */
export const settingsPage = (): string => {
  const sections = Object.entries(settingGroups).map(
    ([title, settings]: [string, Record<string, Setting>]) => [
      `## ${title}`,
      '',
      cells('name', 'default', 'what it is for', 'form', 'example'),
      '|---|---|---|---|---|',
      ...Object.entries(settings).map(([name, setting]) =>
        cells(code(name), code(defaultOf(setting)), setting.help, setting.shape, code(setting.example)),
      ),
      '',
    ],
  )
  return [
    '<!-- Generated from src/settings.ts by `npm run docs`. -->',
    '',
    '# Settings',
    '',
    'Settings are environment variables. Flags of the command line take precedence. All wrong values are reported',
    'at once, before anything starts. An empty or blank value is the same as none, except that the URL of a store',
    'must not be empty beside that of another.',
    '',
    ...sections.flat(),
  ].join('\n')
}

const root = join(import.meta.dirname, '..')
const rootFields: readonly GraphQLField<unknown, unknown>[] = [
  schema.getQueryType(),
  schema.getMutationType(),
  schema.getSubscriptionType(),
].flatMap((type) => Object.values(type?.getFields() ?? {}))

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => cells(...row)).join('\n')
/** A query and a subscription may have one name. */
const named = (fields: readonly { readonly name: string }[]): string[] => [
  ...new Set(fields.map(({ name }) => code(name))),
]

/**
 * A page with its tables written anew: each is found by its first row, and ends where the next paragraph
 * begins.
 */
const withTables = (path: string, tables: readonly string[]): string =>
  tables.reduce(
    (page, made) => {
      const [head = ''] = made.split('\n')
      const start = page.indexOf(head)
      if (start < 0) throw new Error(`${path} has no table "${head}"`)
      const end = page.indexOf('\n\n', start)
      return page.slice(0, start) + made + page.slice(end)
    },
    readFileSync(join(root, path), 'utf8'),
  )

/** What an action opens beside root fields. */
const routes: Readonly<Record<string, string>> = { 'ingest:write': '`POST /ingest/<dataset>`' }

/** `docs/access.md`: the tables of actions and of fields that name none. */
export const accessPage = (): string =>
  withTables('docs/access.md', [
    table(
      ['action', 'scope of a key', 'roles of people', 'opens'],
      Object.entries<Permission>(actions).map(([action, { scopes, roles }]) => [
        code(action),
        scopes.join(' or ') || 'none',
        roles === 'anybody' ? 'anybody signed in' : roles.map((role) => role.toLowerCase()).join(', '),
        [...named(rootFields.filter((field) => actionOf(field) === action)), routes[action] ?? []]
          .flat()
          .join(', '),
      ]),
    ),
    table(
      ['field', 'why'],
      rootFields.flatMap((field) => {
        const why = openReason(field)
        return why === undefined ? [] : [[code(field.name), why]]
      }),
    ),
  ])

/** `docs/realtime.md`: which fields are of which kind. */
export const realtimePage = (): string =>
  ['state', 'events'].reduce(
    (page, kind) => {
      const fields = named(rootFields.filter(({ extensions }) => extensions.live === kind)).join(', ')
      return page.replace(new RegExp(`^(\\| \\*\\*${kind}\\*\\* \\| )[^|]*( \\|)`, 'm'), `$1${fields}$2`)
    },
    readFileSync(join(root, 'docs/realtime.md'), 'utf8'),
  )

/** `docs/alerting.md`: what can be measured of each dataset. */
export const alertingPage = (): string =>
  withTables('docs/alerting.md', [
    table(
      [
        'dataset',
        'labels: `groupBy`, `filter`',
        'texts: `filter` alone',
        'numbers: `field`',
        'shortest window',
      ],
      [...measures.values()].map(({ dataset, labels, texts, attributes, values, stepMs }) => {
        const names = (of: ReadonlyMap<string, string>) => [...of.keys()].map(code).join(', ')
        const any = attributes === undefined ? '' : `, and each name in \`${attributes}\``
        return [code(dataset), names(labels) + any, names(texts), names(values), code(formatDuration(stepMs))]
      }),
    ),
  ])

/** The pages that are generated, whole or in part, by their path below the root of the project. */
export const generatedPages = {
  'docs/settings.md': settingsPage,
  'docs/access.md': accessPage,
  'docs/realtime.md': realtimePage,
  'docs/alerting.md': alertingPage,
}

if (import.meta.main)
  for (const [path, page] of Object.entries(generatedPages)) writeFileSync(join(root, path), page())
