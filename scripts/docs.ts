// Writes the pages of docs/ that are generated from the code: `npm run docs`. tests/contract/settings.test.ts
// checks that they are up to date.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
    'at once, before anything starts. An empty value is the same as none.',
    '',
    ...sections.flat(),
  ].join('\n')
}

/** The generated pages, by their path below the root of the project. */
export const generatedPages = { 'docs/settings.md': settingsPage }

if (import.meta.main)
  for (const [path, page] of Object.entries(generatedPages))
    writeFileSync(join(import.meta.dirname, '..', path), page())
