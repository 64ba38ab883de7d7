import { expect, test } from 'vitest'
import { Life } from './life.ts'

type Given = ConstructorParameters<typeof Life>

/** A socket whose client takes what a test says; `cut` once it was given up. */
const open = () => {
  const wire = { bytesWritten: 0, writableLength: 0 }
  const socket = { wire, isPaused: false, cut: false, ping() {}, terminate: () => void (socket.cut = true) }
  const life = new Life(socket as unknown as Given[0])
  /** Bytes that are handed to the network, and how many of all its client then still has to take. */
  const send = (bytes: number, unsent: number): void => {
    wire.bytesWritten += bytes
    wire.writableLength = unsent
  }
  const beats = (): boolean => (life.beat(), !socket.cut)
  return { life, send, beats }
}

test('who gives no sign of life between two pings is cut, also where the network takes what is sent', () => {
  const { send, beats } = open()
  expect(beats()).toBe(true)
  send(1_000, 0)
  expect(beats()).toBe(false)
})

test('a client that takes a long answer slowly is there for as long as it does, though its pong stands behind it', () => {
  const { life, send, beats } = open()
  send(24_000_000, 22_000_000)
  expect(beats()).toBe(true)
  for (let unsent = 20_000_000; unsent >= 0; unsent -= 4_000_000) {
    send(0, unsent)
    expect(beats(), `${unsent} left`).toBe(true)
  }
  life.note() // the first pong comes
  expect(beats()).toBe(true)
  expect(beats()).toBe(false)
})

test('a client that takes nothing of what waits for it is cut', () => {
  const { send, beats } = open()
  send(24_000_000, 20_000_000)
  expect(beats()).toBe(true)
  expect(beats()).toBe(false)
})
