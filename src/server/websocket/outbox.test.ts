import { expect, test } from 'vitest'
import { SocketOutbox } from './outbox.ts'

const socket = { isOpen: () => true }

/** A wire that takes nothing of what it was given, and keeps it as a socket does: not a copy. */
const full = () => {
  const held: Buffer[] = []
  return {
    held,
    get writableLength() {
      return held.reduce((sum, bytes) => sum + bytes.length, 0)
    },
    write: (bytes: Buffer) => held.push(bytes),
  }
}
/** A wire whose network copies all that it is given. */
const free = () => {
  const texts: string[] = []
  return { texts, writableLength: 0, write: (bytes: Buffer) => texts.push(bytes.subarray(2).toString()) }
}

const send = (outbox: SocketOutbox, ...texts: readonly string[]): void => {
  for (const text of texts) outbox.put(Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3)))
  outbox.flush()
}

test('what a socket did not take stays as it was, whatever is written to others', () => {
  const [slow, quick] = [full(), free()]
  const [to, others] = [new SocketOutbox(socket, slow), new SocketOutbox(socket, quick)]
  send(others, 'first of all')
  send(to, 'not taken yet')
  send(to, 'nor the next') // of one more that waits
  for (const text of ['not taken yes', 'all of length', 'and 1 longer one']) send(others, text)
  const heard = slow.held.filter(({ length }) => length > 0)
  expect(heard.map((bytes) => bytes.subarray(2).toString())).toEqual(['not taken yet', 'nor the next'])
  expect(quick.texts).toEqual(['first of all', 'not taken yes', 'all of length', 'and 1 longer one'])
})

test('several messages at once, and one that is larger than all room, come whole', () => {
  const quick = free()
  const outbox = new SocketOutbox(socket, quick)
  const large = 'x'.repeat(40_000)
  send(outbox, 'one', 'other')
  send(outbox, large)
  const [both, whole] = quick.texts
  expect(both).toBe('one\ufffd\u0005other') // the head of the second is no text
  expect(whole!.endsWith(large)).toBe(true)
})
