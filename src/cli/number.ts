import { InvalidArgumentError } from 'commander'

/** Reads the value of a flag that is a number; for commander, which names the flag in its error. */
export const number =
  (min: number, max: number, whole = true) =>
  (text: string): number => {
    const value = Number(text)
    // Not what else JavaScript takes for a number: 0x10, 1e3, blanks.
    const plain = whole ? /^\d+$/ : /^\d+(\.\d+)?$/
    if (plain.test(text.trim()) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`)
  }
