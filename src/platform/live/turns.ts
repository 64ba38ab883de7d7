import { underDeadline } from '../deadline.ts'

/** Something to do at the end of this turn of the event loop. Never throws. */
export type Turned = { advance(): void }

/** Milliseconds after which all else in the program has its turn: an event for thousands takes several. */
const SLICE_MS = 10
const LOOK_EVERY = 32

let waiting: Turned[] = []
let planned = false

const run = (): void => {
  const now = waiting
  waiting = []
  const endsAt = performance.now() + SLICE_MS
  let next = 0
  try {
    while (next < now.length && (next % LOOK_EVERY !== 0 || performance.now() < endsAt))
      now[next++]!.advance()
  } finally {
    if (next < now.length) waiting = [...now.slice(next), ...waiting]
    planned = false
    if (waiting.length > 0) plan()
  }
}
/** Whoever was first to wake somebody may have been a mutation, whose deadline is nothing to live operations. */
const runForAll = (): void => underDeadline(undefined, run)
const plan = (): void => {
  if (planned) return
  planned = true
  setImmediate(runForAll)
}

/**
 * Advances something once all that came in this turn is there: right away where nothing else is to do. So what
 * comes within a turn leaves in one write a connection, and a state that changed twice is sent once.
 */
export const atEndOfTurn = (work: Turned): void => {
  waiting.push(work)
  plan()
}
