/** All orders of a list: of six, 720. */
export const orders = <T>(all: readonly T[]): T[][] =>
  all.length < 2
    ? [[...all]]
    : all.flatMap((each, index) => orders(all.toSpliced(index, 1)).map((rest) => [each, ...rest]))
