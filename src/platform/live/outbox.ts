import { wakeAll, type Waker } from '../iterate/pull.ts'
import { atEndOfTurn, type Turned } from './turns.ts'

/** Bytes that are written at once: beyond, what is to come waits until the client has taken them. */
const BUDGET = 64 << 10

const NOTHING = Buffer.alloc(0)

/** What takes bytes: a socket, or a response. */
export type Wire = {
  readonly writableLength: number
  write(bytes: Buffer, taken?: (error?: Error | null) => void): unknown
}

/**
 * What leaves over one connection. All of a turn is one write, and while the client does not take it nothing
 * more is asked of those who send: they keep their places.
 */
export abstract class Outbox implements Turned {
  private out: Wire | undefined
  /** Messages that are not written, each as its head and its tail; the first has fields of its own. */
  private head: Buffer | undefined
  private tail: Buffer | undefined
  private more: Buffer[] | undefined
  private size = 0
  /** Who has something to send at the end of this turn; mostly one. */
  private sender: Turned | undefined
  private senders: Turned[] | undefined
  private waiting: Set<Waker> | undefined
  private planned = false
  private full = true

  /** Begins to write. Until then nobody is asked for anything. */
  protected open(out: Wire): void {
    this.out = out
    this.drained()
    this.flush()
  }

  /** The bytes of one message; `waits` when others have to leave before it. */
  protected abstract bytesOf(head: Buffer, tail: Buffer, waits: boolean): Buffer
  /** The bytes of several: heads and tails in turns. */
  protected abstract bytesOfAll(parts: readonly Buffer[], size: number, waits: boolean): Buffer
  /** Bytes that were not taken whole must not change until they are. */
  protected kept(_bytes: Buffer): void {}
  /** False when nothing may be written any more. */
  protected abstract isOpen(): boolean

  /** Advances `sender` at the end of this turn, to put what it has. */
  wake(sender: Turned): void {
    if (this.sender === undefined) this.sender = sender
    else (this.senders ??= []).push(sender)
    this.plan()
  }

  /** A message in two parts: what is its own, and what many share. */
  put(head: Buffer, tail: Buffer): void {
    if (this.tail === undefined) {
      this.head = head
      this.tail = tail
    } else (this.more ??= [this.head!, this.tail]).push(head, tail)
    this.size += head.length + tail.length
    if (this.size > BUDGET) this.flush()
    else this.plan()
  }

  /** Whether the client has to take something first. Then `waker` is woken once it has. */
  isFull(waker: Waker): boolean {
    if (this.full) (this.waiting ??= new Set()).add(waker)
    return this.full
  }

  /** Bytes that were put and not taken by the client yet. */
  get unsent(): number {
    return this.size + (this.out?.writableLength ?? 0)
  }

  private plan(): void {
    if (this.planned) return
    this.planned = true
    atEndOfTurn(this)
  }

  advance(): void {
    const { sender, senders } = this
    this.sender = undefined
    this.senders = undefined
    try {
      sender?.advance()
      if (senders) for (const each of senders) each.advance()
    } finally {
      this.planned = false
      this.flush()
      if (this.sender) this.plan()
    }
  }

  /** Writes now what was put. */
  flush(): void {
    const { out, head, tail, more, size } = this
    if (!out || !head || !tail) return
    this.head = undefined
    this.tail = undefined
    this.more = undefined
    this.size = 0
    if (!this.isOpen()) return
    const waits = out.writableLength > 0
    const bytes = more ? this.bytesOfAll(more, size, waits) : this.bytesOf(head, tail, waits)
    out.write(bytes)
    if (out.writableLength === 0) return
    this.kept(bytes)
    if (!this.full) this.awaitRoom(out)
  }

  /** The network did not take it all: so little waits for a client that does not read. */
  private awaitRoom(out: Wire): void {
    this.full = true
    out.write(NOTHING, (error) => {
      if (!error) this.drained() // else it is closed, and nobody is to send any more
    })
  }

  private drained(): void {
    this.full = false
    const { waiting } = this
    this.waiting = undefined
    if (waiting) wakeAll(waiting)
  }
}
