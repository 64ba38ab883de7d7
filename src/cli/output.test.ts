import { expect, test } from 'vitest'
import { createProgressLine, formatBar, formatDuration, formatTable, printResult } from './output.ts'

const remember = (isTTY: boolean) => {
  const written: string[] = []
  return { written, isTTY, columns: 20, write: (text: string) => written.push(text) }
}

test('a table is as wide as its widest cells and leaves no trailing spaces', () => {
  const table = formatTable(
    ['name', { header: 'rows', align: 'right' }, 'note'],
    [
      ['a', 10, ''],
      ['long name', 9, 'x'],
    ],
  )
  expect(table.split('\n')).toEqual([
    'name       rows  note',
    '---------  ----  ----',
    'a            10',
    'long name     9  x',
  ])
})

test('a name can neither move the cursor nor turn the direction of the table around', () => {
  const names = ['a\u001B[2Jb', 'a\nb', 'a\u202Eb', 'a\u2066b', 'a\u2028b', 'a\u200Db']
  const [, , ...cells] = formatTable(
    ['n'],
    names.map((name) => [name]),
  ).split('\n')
  expect(cells).toEqual(['a\uFFFD[2Jb', 'a\uFFFDb', 'a\uFFFDb', 'a\uFFFDb', 'a\uFFFDb', 'a\u200Db'])
})

test('with --json a result is one line of JSON, else its text', () => {
  const out = remember(false)
  printResult({ json: true }, { a: 1 }, () => 'text', out)
  printResult({}, { a: 1 }, () => 'text', out)
  expect(out.written).toEqual(['{"a":1}\n', 'text\n'])
})

test('on a terminal progress replaces its line within the width, elsewhere it is lines', () => {
  const terminal = remember(true)
  const shown = createProgressLine(terminal, 0)
  shown.update('x'.repeat(50))
  shown.note('said')
  expect(terminal.written).toEqual([`\r\u001B[2K${'x'.repeat(19)}`, '\r\u001B[2K', 'said\n'])
  const file = remember(false)
  const plain = createProgressLine(file, 0)
  plain.update('first')
  plain.update('second')
  plain.clear()
  expect(file.written).toEqual(['second\n'])
})

test('durations and bars are short', () => {
  expect([950, 61_000, 90_000_000, -61_000, 3_600_000].map(formatDuration)).toEqual([
    '0.9 s',
    '1 min 1 s',
    '1 d 1 h',
    '-1 min 1 s',
    '1 h 0 min',
  ])
  expect(formatBar(0.5, 4)).toBe('[##--]  50%')
  expect(formatBar(7, 2)).toBe('[##] 100%')
})
