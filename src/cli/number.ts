import { InvalidArgumentError } from 'commander'

/** Reads the value of a flag that is a number; for commander, which names the flag in its error. */
export const number =
  (min: number, max: number, whole = true) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value)))
      return value
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`)
  }
