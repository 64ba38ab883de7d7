/**
 * Advisory locks of the program in its database, by what they guard. The numbers are arbitrary, but all
 * programs on one database must agree on them and no two may be the same: a lock that has two meanings makes
 * strangers wait for each other.
 */
export const locks = {
  /** Two starts migrate one after the other. */
  migrate: 7_236_018_841,
  /** Prisma's engine's own, which it holds while a script runs. */
  engine: 72_707_369,
  /** One relay publishes at a time, so that the order of the outbox is kept. */
  relay: 7_236_018_842,
  /** Two processes that start at once make one signing key. */
  signingKeys: 7_236_018_843,
  /**
   * Grants at once would change one row of the catalog ("tuple concurrently updated"). Taken while `migrate`
   * is held.
   */
  grant: 7_236_018_844,
} as const
