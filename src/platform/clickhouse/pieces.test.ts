import { expect, test } from 'vitest'
import { inPieces, type Piece } from './pieces.ts'

const LIMIT = 128 << 10

const taken = (piece: Piece) => {
  const placed: Piece[] = []
  const text = inPieces(piece, (each) => {
    placed.push(each)
    return `{${placed.length}:${each.type}}`
  })
  return { text, placed }
}
const escaped = (text: string) => Buffer.byteLength(text.replaceAll(/[\\'\t\n\r]/g, '\\$&'))
/** Bytes as the client writes a value: quoted and escaped inside a list. */
const bytesOf = ({ value }: Piece): number => {
  if (typeof value === 'object')
    return value.reduce<number>((sum, each) => sum + escaped(String(each)) + 3, 2)
  return escaped(String(value))
}

test('what a server takes in one value stays one', () => {
  expect(taken({ type: 'String', value: '' }).text).toBe('{1:String}')
  expect(taken({ type: 'Array(String)', value: [] }).text).toBe('{1:Array(String)}')
  expect(taken({ type: 'Array(UInt32)', value: [1, 2] }).placed).toEqual([
    { type: 'Array(UInt32)', value: [1, 2] },
  ])
  expect(taken({ type: 'UInt64', value: 7 }).text).toBe('{1:UInt64}')
})

test.each(['a', '\\', "'", '好', '😀', 'a😀'])(
  'a text of any length in %s arrives whole, in pieces',
  (letter) => {
    const value = letter.repeat(200_001)
    const { text, placed } = taken({ type: 'String', value })
    expect(text).toMatch(/^concat\(\{1:String\}, /)
    for (const piece of placed) expect(bytesOf(piece)).toBeLessThan(LIMIT)
    expect(placed.every((piece) => (piece.value as string).isWellFormed())).toBe(true)
    expect(placed.map((piece) => piece.value).join('') === value).toBe(true)
  },
)

test('a list of any length arrives whole and in its order, its long texts too', () => {
  const value = Array.from({ length: 20_000 }, (_, index) => `${index}-"'\\好`)
  value.splice(5_000, 0, '', '好'.repeat(100_000), '')
  const { text, placed } = taken({ type: 'Array(String)', value })
  expect(text).toMatch(/^arrayConcat\(\{1:Array\(String\)\}, .*\[concat\(/)
  for (const piece of placed) expect(bytesOf(piece)).toBeLessThan(LIMIT)
  const read: string[] = []
  for (const [, list, texts] of text.matchAll(/\{(\d+):Array\(String\)\}|\[concat\(([^)]*)\)\]/g))
    if (list) read.push(...(placed[Number(list) - 1]!.value as string[]))
    else read.push([...texts!.matchAll(/\{(\d+)/g)].map(([, at]) => placed[Number(at) - 1]!.value).join(''))
  expect(read).toEqual(value)
})
