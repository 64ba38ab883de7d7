import type { ExecutionResult, GraphQLError } from 'graphql'
import { CloseCode, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws'
import { anonymous, type Viewer } from '../../auth/viewer.ts'
import type { Rates } from '../../graphql/limits/rates.ts'
import { MAX_OPERATION_ID, MAX_OPERATIONS } from '../../graphql/limits/operations.ts'
import { SlowConsumerError } from '../../platform/bus/reader.ts'
import { feedOf } from '../../platform/iterate/feed.ts'
import type { Logger } from '../../platform/logger.ts'
import { RateLimitedError } from '../../platform/redis/rate.ts'
import type { Connect } from './connect.ts'
import { Inbox } from './inbox.ts'
import { Life } from './life.ts'
import { LiveOperation, sendResult } from './live-operation.ts'
import type { PrepareOperation } from './operation.ts'
import { SocketOutbox } from './outbox.ts'
import type { Origin } from './origin.ts'
import type { Listener, LiveSocket } from './socket.ts'
import type { Turnstile } from '../../platform/turnstile.ts'

/** What all sessions of a program share. */
export type SessionDeps = {
  readonly connect: Connect
  readonly prepare: PrepareOperation
  readonly rates: Pick<Rates, 'requests'>
  /** Who comes in, and who leaves. */
  readonly turnstile: Turnstile
  readonly leaving: Turnstile
  readonly onClosed: (session: Session) => void
  /** True in a drain: what a client sends then is not begun, and it sends it again elsewhere. */
  readonly isClosing: () => boolean
  readonly log: Logger
}

/** An operation that begins, or a query or mutation that is not answered yet. */
type Answering = { readonly ending: AbortController }

/** A reason has at most 123 bytes (RFC 6455, 5.5). */
const MAX_REASON = 123

const ID_TOO_LONG = `An operation id has at most ${MAX_OPERATION_ID} characters`

/**
 * The protocol graphql-transport-ws on one WebSocket: its messages, their order and its close codes. Live
 * operations are rows that write into the outbox; nothing here waits for a client.
 */
export class Session implements Listener {
  readonly socket: LiveSocket
  readonly outbox: SocketOutbox
  readonly inbox: Inbox
  readonly life: Life
  readonly origin: Origin
  viewer: Viewer = anonymous
  /** Forgets the credential, which is checked for as long as the socket is open. */
  forget: (() => void) | undefined
  /** Its turn of the heartbeat, and who else has it. */
  slot: Set<Session> | undefined
  private readonly deps: SessionDeps
  private readonly operations = new Map<string, Answering | LiveOperation>()
  private late: NodeJS.Timeout | undefined
  private initialised = false
  private acknowledged = false

  constructor(socket: LiveSocket, origin: Origin, deps: SessionDeps) {
    this.socket = socket
    this.life = new Life(socket)
    this.outbox = new SocketOutbox(socket, socket.wire)
    this.inbox = new Inbox(this)
    this.origin = origin
    this.deps = deps
  }

  /** Closes it where no `connection_init` has come by then. */
  awaitInit(ms: number): void {
    this.late = setTimeout(tooLate, ms, this)
  }

  private stopWaiting(): void {
    clearTimeout(this.late)
    this.late = undefined
  }

  isOpen(): boolean {
    return this.socket.isOpen()
  }

  /** Whether a query or mutation is not answered yet, or an operation begins. */
  isAnswering(): boolean {
    for (const operation of this.operations.values()) if (!(operation instanceof LiveOperation)) return true
    return false
  }

  /** Closes the socket after what was said, and ends all that it has under way. */
  close(code: number, reason: string): void {
    this.outbox.flush()
    this.socket.close(code, reason)
    this.socket.resume() // or the client's answer would not be seen
    this.endAll()
  }

  private endAll(): void {
    for (const operation of this.operations.values()) end(operation)
    this.operations.clear()
  }

  fail(error: unknown): void {
    if (error instanceof SlowConsumerError) return this.close(4290, error.cursor)
    if (error instanceof RateLimitedError) return this.close(1013, 'Try again later')
    this.deps.log.error({ err: error }, 'a WebSocket message could not be handled')
    // Not the protocol's 4500, after which clients of graphql-ws never come back, whatever they are told.
    this.close(1013, 'Internal server error')
  }

  said(text: string): void {
    this.inbox.receive(text)
  }
  pinged(data: Buffer): void {
    this.life.pinged(data)
    void this.count()
  }
  ponged(): void {
    this.life.note()
  }

  /** Nobody waits for an answer any more. Thousands that leave at once take turns, and keep none of those who come waiting. */
  async ended(): Promise<void> {
    this.endAll()
    await this.deps.leaving.enter()
    this.socket.finish()
  }

  /** The socket is closed: ends all that it had under way. */
  closed(): void {
    this.stopWaiting()
    this.forget?.()
    this.endAll()
    this.deps.onClosed(this)
  }

  broke(error: Error): void {
    this.deps.log.debug({ err: error }, 'a WebSocket failed')
  }

  /** Every ping and pong counts as a request: they are answered before the client has authenticated. */
  async count(): Promise<void> {
    try {
      await this.deps.rates.requests?.take(['a', this.origin.counted], 1)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Handles a message. Never rejects. */
  async handle(text: string): Promise<void> {
    // What comes after a close, of the server's or of the socket, is not begun.
    if (this.deps.isClosing() || !this.isOpen()) return
    let message: ReturnType<typeof parseMessage>
    try {
      message = parseMessage(text)
    } catch {
      return this.close(CloseCode.BadRequest, 'Invalid message received')
    }
    try {
      switch (message.type) {
        case MessageType.ConnectionInit:
          return await this.init(message.payload)
        case MessageType.Ping:
          await this.count()
          // Without the payload that the protocol allows: nobody gets to choose what this server keeps and
          // sends back.
          return this.outbox.say({ type: MessageType.Pong })
        case MessageType.Pong:
          return await this.count()
        case MessageType.Subscribe:
          return await this.subscribe(message)
        case MessageType.Complete:
          return this.end(message.id)
        default:
          return this.close(CloseCode.BadRequest, 'Invalid message received') // it is the server's to say
      }
    } catch (error) {
      this.fail(error)
    }
  }

  private async init(params: Readonly<Record<string, unknown>> | undefined | null): Promise<void> {
    if (this.initialised)
      return this.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
    this.initialised = true
    this.stopWaiting()
    await this.deps.turnstile.enter()
    if (!this.isOpen()) return
    if (!(await this.deps.connect(this, params ?? {}))) return this.close(CloseCode.Forbidden, 'Forbidden')
    this.acknowledged = true
    this.outbox.say({ type: MessageType.ConnectionAck })
  }

  private async subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    if (!this.acknowledged) return this.close(CloseCode.Unauthorized, 'Unauthorized')
    if (id.length > MAX_OPERATION_ID) return this.close(CloseCode.BadRequest, ID_TOO_LONG)
    if (this.operations.has(id)) return this.close(CloseCode.SubscriberAlreadyExists, inUse(id))
    const answering: Answering = { ending: new AbortController() }
    this.operations.set(id, answering)
    try {
      const crowded = this.operations.size > MAX_OPERATIONS
      await this.deps.turnstile.enter()
      // Ended in the moment in which it began: it was a request all the same.
      if (this.operations.get(id) !== answering) return this.isOpen() ? await this.count() : undefined
      const answer = await this.deps.prepare(this, payload, answering.ending.signal, crowded)
      const isWanted = this.operations.get(id) === answering
      if (Symbol.asyncIterator in answer) {
        const live = new LiveOperation(this, id, feedOf(answer))
        if (!isWanted) return live.close()
        this.operations.set(id, live)
        return live.start()
      }
      if (isWanted) this.answer(id, answer)
    } finally {
      if (this.operations.get(id) === answering) this.operations.delete(id)
    }
  }

  private answer(id: string, answer: ExecutionResult | readonly GraphQLError[]): void {
    this.operations.delete(id)
    if (Array.isArray(answer)) return this.outbox.say({ id, type: MessageType.Error, payload: answer })
    sendResult(this, id, answer as ExecutionResult)
    this.outbox.say({ id, type: MessageType.Complete })
  }

  /** A live operation is at its end by itself. */
  complete(id: string, operation: LiveOperation): void {
    if (this.operations.get(id) !== operation) return
    this.operations.delete(id)
    this.outbox.say({ id, type: MessageType.Complete })
  }

  /** The client no longer waits for it. */
  private end(id: string): void {
    const operation = this.operations.get(id)
    if (!operation) return
    this.operations.delete(id)
    end(operation)
  }
}

const end = (operation: Answering | LiveOperation): void =>
  operation instanceof LiveOperation ? operation.close() : operation.ending.abort()

const tooLate = (session: Session): void =>
  session.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout')

const inUse = (id: string): string => {
  const reason = `Subscriber for ${id} already exists`
  return Buffer.byteLength(reason) > MAX_REASON ? 'Subscriber already exists' : reason
}
