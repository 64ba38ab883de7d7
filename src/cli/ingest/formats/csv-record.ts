/**
 * What the text is as one record (RFC 4180): its cells; `open` when a quote is not closed, so that the record
 * may go on; `bad` when something follows a closing quote. A quote within an unquoted cell is only a character.
 */
export const parseRecord = (text: string, delimiter: string): readonly string[] | 'open' | 'bad' => {
  if (!text.includes('"')) return text.split(delimiter)
  const cells: string[] = []
  for (let at = 0; ;) {
    let end: number
    if (text[at] === '"') {
      let close = text.indexOf('"', at + 1)
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
      if (close < 0) return 'open'
      end = close + 1
      // Spaces before the delimiter, which may itself be one.
      while (text[end] !== delimiter && text[end] === ' ') end += 1
      if (end < text.length && text[end] !== delimiter) return 'bad'
      cells.push(text.slice(at + 1, close).replaceAll('""', '"'))
    } else {
      end = text.indexOf(delimiter, at)
      if (end < 0) end = text.length
      cells.push(text.slice(at, end))
    }
    if (end >= text.length) return cells
    at = end + 1
  }
}
