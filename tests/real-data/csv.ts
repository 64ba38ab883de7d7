/** Rows by the names of the header. For files without quoted cells; throws where a row has other cells. */
export const parseCsv = (csv: string): Record<string, string>[] => {
  const [header = [], ...rows] = csv
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','))
  return rows.map((cells, index) => {
    if (cells.length !== header.length || cells.some((cell) => cell.includes('"')))
      throw new Error(`Row ${index + 1} does not fit its header`)
    return Object.fromEntries(header.map((name, column) => [name, cells[column]!]))
  })
}
