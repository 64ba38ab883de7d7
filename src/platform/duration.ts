import { AppError } from './errors.ts'

const units = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 } as const

const iso =
  /^P(?=[\dT])(?:(?<W>\d{1,9})W)?(?:(?<D>\d{1,9})D)?(?:T(?=\d)(?:(?<H>\d{1,9})H)?(?:(?<M>\d{1,9})M)?(?:(?<S>\d{1,9})S)?)?$/

/**
 * Milliseconds of an ISO 8601 duration in weeks, days, hours, minutes and whole seconds (`P7D`, `PT1H30M`).
 * Years and months have no fixed length and are refused, as is zero unless `zero` allows it. Throws
 * VALIDATION_FAILED.
 */
export const parseDuration = (text: string, { zero = false }: { zero?: boolean } = {}): number => {
  const groups = iso.exec(text)?.groups
  const ms = groups
    ? Object.entries(units).reduce((sum, [unit, length]) => sum + Number(groups[unit] ?? 0) * length, 0)
    : 0
  if (!groups || (ms === 0 && !zero)) {
    throw new AppError(
      'VALIDATION_FAILED',
      'Give durations as in ISO 8601, in weeks, days, hours, minutes and seconds: PT5M, PT1H30M, P7D.',
    )
  }
  return ms
}

/** The shortest ISO 8601 text of a duration in whole seconds: `PT5M`, `P1D`, `P1DT12H`. */
export const formatDuration = (ms: number): string => {
  const days = Math.floor(ms / units.D)
  const parts = [
    [Math.floor((ms % units.D) / units.H), 'H'],
    [Math.floor((ms % units.H) / units.M), 'M'],
    [Math.floor((ms % units.M) / units.S), 'S'],
  ] as const
  const time = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('')
  return `P${days > 0 ? `${days}D` : ''}${time ? `T${time}` : days > 0 ? '' : 'T0S'}`
}
