import type { Window } from '../../platform/iterate/windowed.ts'

/** Places of what is for a group that it knows, the newest. */
const KNOWN = 64

/**
 * What a group has met in a window, in one piece, and which of it is for the group: of a topic that thousands watch by
 * filters nearly all is for nearly none, and what one of a group has met the others go past in one step.
 */
export class Wanted {
  private window: Window | undefined
  /** What is known: from the first of these indexes on, up to the second without it. */
  private from = 0
  private to = 0
  private places: number[] = []

  /** The next index from this one on that may be for the group. */
  next(window: Window, index: number): number {
    if (window !== this.window || index < this.from || index >= this.to) return index
    const { places } = this
    let at = places.length
    while (at > 0 && places[at - 1]! >= index) at -= 1
    return places[at] ?? this.to
  }

  /** Whoever is ahead of the others notes what it meets; after a gap what was known before is forgotten. */
  note(window: Window, index: number, isWanted: boolean): void {
    if (window !== this.window || index > this.to) {
      this.window = window
      this.from = index
      this.to = index
      this.places = []
    }
    if (index < this.to) return
    this.to = index + 1
    if (!isWanted) return
    this.places.push(index)
    if (this.places.length > KNOWN) this.from = this.places.splice(0, KNOWN / 2).at(-1)! + 1
  }
}
