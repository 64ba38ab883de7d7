/** So often a message is tried before it is given up, over about four hours. */
export const MAX_ATTEMPTS = 10

const FIRST_MS = 5_000
const FACTOR = 3
const LONGEST_MS = 3_600_000
/** So much of a wait is chance, so that what failed together does not come back together. */
const JITTER = 0.2

/** How long to wait after the nth attempt since somebody had it tried: 5 s, 15 s, 45 s … an hour, give or take a fifth. */
export const backoffMs = (attempt: number, random: () => number = Math.random): number =>
  Math.round(Math.min(FIRST_MS * FACTOR ** (attempt - 1), LONGEST_MS) * (1 + JITTER * (2 * random() - 1)))
