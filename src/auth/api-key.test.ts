import { expect, test } from 'vitest'
import { hashSecret, hexHashOf, isApiKey, makeApiKey, makeStreamKey, visiblePrefix } from './api-key.ts'

test.each(['live', 'test'] as const)('a %s key has the documented form and passes its own check', (mode) => {
  for (let index = 0; index < 500; index += 1) {
    const key = makeApiKey(mode)
    expect(key).toMatch(new RegExp(`^hg_${mode}_[0-9A-Za-z]{32}_[0-9a-f]{8}$`))
    expect(isApiKey(key)).toBe(true)
  }
})

test('a wrong character, anywhere, two that changed places, or a lost one is noticed without the database', () => {
  const key = makeApiKey('live')
  for (let at = 0; at < key.length; at += 1) {
    const other = key[at] === 'x' ? 'y' : 'x'
    expect(isApiKey(key.slice(0, at) + other + key.slice(at + 1))).toBe(false)
    expect(isApiKey(key.slice(0, at) + key.slice(at + 1))).toBe(false)
    const swapped = key.slice(0, at) + (key[at + 1] ?? '') + key[at]! + key.slice(at + 2)
    if (swapped !== key) expect(isApiKey(swapped)).toBe(false)
  }
  for (const wrong of [
    '',
    ' ',
    `${key} `,
    ` ${key}`,
    `${key}\n`,
    key.toUpperCase(),
    `${key}${key}`,
    key.replace('live', 'test'),
  ])
    expect(isApiKey(wrong)).toBe(false)
})

test('no two keys are the same and every character of the alphabet comes about as often', () => {
  const keys = Array.from({ length: 4_000 }, () => makeApiKey('test'))
  expect(new Set(keys).size).toBe(keys.length)
  const counts = new Map<string, number>()
  for (const key of keys)
    for (const letter of key.slice(8, 40)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  expect(counts.size).toBe(62)
  const expected = (4_000 * 32) / 62
  // Six standard deviations: a byte taken modulo 62 would give eight letters a quarter more.
  for (const count of counts.values())
    expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected))
})

test('a stream key is not an API key, and what a list shows of either is far from the whole', () => {
  const streamKey = makeStreamKey()
  expect(isApiKey(streamKey)).toBe(false)
  const key = makeApiKey('live')
  expect(key.startsWith(visiblePrefix(key))).toBe(true)
  expect(visiblePrefix(key)).toHaveLength(12)
  expect(hashSecret(key)).toHaveLength(32)
  expect(hexHashOf(key)).toBe(hashSecret(key).toString('hex'))
  expect(hashSecret(key)).not.toEqual(hashSecret(makeApiKey('live')))
})
