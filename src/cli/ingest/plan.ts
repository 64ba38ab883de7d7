import { AppError } from '../../platform/errors.ts'
import type { Dataset } from '../../ingest/dataset.ts'
import type { Format, ReadOptions, SourceRow } from './formats/format.ts'
import { detectFormat, formats, type FormatName } from './formats/formats.ts'
import { createMapping, namedColumns, type Mapping, type MappingOptions } from './mapping.ts'
import type { Opened, Source } from './source.ts'

/** One import, as the flags say it. */
export type IngestPlan = {
  readonly dataset: Dataset
  readonly source: Source
  /** By the file's content and name if absent. */
  readonly format?: FormatName | undefined
  readonly reading: Omit<ReadOptions, 'columns'>
  readonly mapping: MappingOptions
  /** `now` or an RFC 3339 time on which the latest row is to fall. */
  readonly shiftTo?: string | undefined
  /** Rows a second; unlimited if absent. */
  readonly rate?: number | undefined
  /** Most rows in one request. */
  readonly batchRows: number
  /** False: start at the first row whatever an earlier run did. */
  readonly resume: boolean
}

/** A pass over the file: its rows, and the mapping that reads them, which goes with this pass alone. */
export type Pass = { readonly rows: AsyncGenerator<SourceRow>; readonly mapping: Mapping } & Opened

export type Reading = { readonly format: FormatName; begin(): Pass }

/** Flags that only a table has say that it is one. Throws BAD_REQUEST where another flag contradicts them. */
const formatOf = (
  said: FormatName | undefined,
  { delimiter, header }: IngestPlan['reading'],
  source: Source,
): FormatName => {
  const flag = delimiter !== undefined ? '--delimiter' : header ? undefined : '--no-header'
  if (said === undefined && flag !== undefined)
    return /\.(?:tsv|tab)(?:\.gz)?$/i.test(source.name) ? 'tsv' : 'csv'
  const name = said ?? detectFormat(source.name, source.head)
  if (flag === undefined || name === 'csv' || name === 'tsv') return name
  throw new AppError('BAD_REQUEST', `${flag} is for tables, and ${name} is none: --format csv`)
}

/** Throws BAD_REQUEST for a format that can't be told, and for flags that make no sense. */
export const createReading = ({ dataset, source, reading, mapping, ...plan }: IngestPlan): Reading => {
  const name = formatOf(plan.format, reading, source)
  const format: Format = formats[name]
  const hasAttributes = dataset.fields.some((field) => field.name === 'attributes')
  const target = {
    fields: dataset.fields,
    rest: format.restIsAttributes && hasAttributes ? 'attributes' : undefined,
    unasked: format.unasked,
    notAfterMs: source.modifiedMs,
  }
  const columns = namedColumns(mapping)
  return {
    format: name,
    begin: () => {
      const opened = source.open()
      const rows = format.read(opened.stream, { ...reading, columns })
      return { ...opened, rows, mapping: createMapping(mapping, target) }
    },
  }
}
