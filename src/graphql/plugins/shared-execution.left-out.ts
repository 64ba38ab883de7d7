/** How many of the events that were left out last a group knows by their order. */
const REMEMBERED = 32

/**
 * The events that a group left out last, in their order. Its subscribers meet them in the same order, each with a
 * place of its own here: of a topic with thousands of filtered operations nearly all is left out by nearly all, and to
 * compare is quicker than to look up.
 */
export class LeftOut {
  private readonly events: unknown[] = []
  private next = 0

  /** The place after this event, when it stands there. */
  after(place: number, event: unknown): number | undefined {
    return event !== undefined && this.events[place] === event ? (place + 1) % REMEMBERED : undefined
  }
  /** The place after this event, which may not be known any more. */
  find(event: unknown): number {
    return (this.events.indexOf(event) + 1) % REMEMBERED
  }
  add(event: unknown): void {
    this.events[this.next] = event
    this.next = (this.next + 1) % REMEMBERED
  }
}
