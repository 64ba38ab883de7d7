import { formatCount, formatDuration, formatTable } from '../output.ts'
import { hintsOf } from './hints.ts'
import type { IngestPlan } from './plan.ts'
import type { IngestOutcome } from './run.ts'
import { rejectedRows, type Tally } from './tally.ts'

/**
 * 0: every row was accepted (or counted before); 1: failed; 2: some rows were rejected; 130: interrupted, as
 * shells have it.
 */
export const exitCode = (outcome: IngestOutcome): number => {
  if (outcome.state === 'failed') return 1
  if (outcome.state === 'interrupted') return 130
  return rejectedRows(outcome.total) > 0 ? 2 : 0
}

/** The result that `--json` prints. */
export const summaryJson = (plan: IngestPlan, outcome: IngestOutcome) => {
  const { run, total } = outcome
  return {
    state: outcome.state,
    ...(outcome.error && { error: { code: outcome.error.code, message: outcome.error.message } }),
    dataset: plan.dataset.name,
    format: outcome.format,
    file: { name: plan.source.name, sha256: plan.source.sha256 },
    rows: run.rows,
    accepted: run.accepted,
    duplicates: run.duplicates,
    rejected: rejectedRows(run),
    reasons: run.rejected,
    hints: hintsOf(outcome.format, run),
    changed: outcome.run.accepted > 0,
    resumedAfterRows: outcome.resumedAfterRows,
    total: {
      rows: total.rows,
      accepted: total.accepted,
      duplicates: total.duplicates,
      rejected: rejectedRows(total),
    },
    shiftMs: outcome.shiftMs,
    durationMs: outcome.durationMs,
    rowsPerSecond: rowsPerSecond(outcome),
    progressFile: outcome.progressPath,
  }
}

/** The same for people. */
export const summaryText = (plan: IngestPlan, outcome: IngestOutcome): string => {
  const { run, total } = outcome
  if (outcome.state === 'sent-before') {
    const rejected = rejectedRows(total)
    return [
      `All ${formatCount(total.rows)} rows of ${plan.source.name} were sent by an earlier run (${formatCount(rejected)} rejected); nothing was sent now.`,
      'To send them again use --no-resume: their ids stay the same, so the server counts each once within its 24 hours.',
      ...reasonTable(total.rejected, hintsOf(outcome.format, total)),
    ].join('\n')
  }
  const lines = [
    formatTable(
      [
        { header: 'rows', align: 'right' },
        { header: 'accepted', align: 'right' },
        { header: 'duplicates', align: 'right' },
        { header: 'rejected', align: 'right' },
        { header: 'duration', align: 'right' },
        { header: 'rows/s', align: 'right' },
      ],
      [
        [
          ...[run.rows, run.accepted, run.duplicates, rejectedRows(run)].map(formatCount),
          formatDuration(outcome.durationMs),
          formatCount(rowsPerSecond(outcome)),
        ],
      ],
    ),
    ...reasonTable(run.rejected, hintsOf(outcome.format, run)),
  ]
  if (run.rows > 0 && run.accepted === 0) lines.unshift(unchanged(run), '')
  if (outcome.resumedAfterRows > 0) {
    const all = `${formatCount(total.rows)} rows, ${formatCount(total.accepted)} accepted, ${formatCount(total.duplicates)} duplicates`
    lines.push('', `With the earlier run: ${all}, ${formatCount(rejectedRows(total))} rejected.`)
  }
  if (outcome.state !== 'complete') {
    lines.push(
      '',
      total.rows === 0
        ? 'Nothing was acknowledged. Run the same command again to begin anew.'
        : `Rows 1 to ${formatCount(total.rows)} are acknowledged. Run the same command again to go on from there.`,
    )
  }
  return lines.join('\n')
}

const rowsPerSecond = (outcome: IngestOutcome): number =>
  Math.round(outcome.run.rows / Math.max(outcome.durationMs / 1000, 0.001))

/** A run that kept nothing may look like a success. */
const unchanged = ({ rows, duplicates }: Tally): string =>
  duplicates === 0
    ? `NOTHING WAS STORED: all ${formatCount(rows)} rows were rejected.`
    : `NOTHING WAS CHANGED: of ${formatCount(rows)} rows ${formatCount(duplicates)} have an event_id that was sent within the last day. What was stored then stays as it is.`

/** Why rows were rejected, most of them first, and what may help. */
export const reasonTable = (groups: Tally['rejected'], hints: readonly string[]): string[] => {
  if (groups.length === 0) return []
  const rows = groups
    .toSorted((a, b) => b.count - a.count)
    .map(({ code, message, count, lines }) => {
      const more = count > lines.length ? ', ...' : ''
      return [code, formatCount(count), lines.join(', ') + more, message]
    })
  const table = formatTable(['rejected', { header: 'rows', align: 'right' }, 'lines', 'reason'], rows)
  return ['', table, ...hints.map((hint) => `Hint: ${hint}`)]
}
