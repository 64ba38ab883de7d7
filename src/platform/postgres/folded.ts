import { Prisma } from '../../../generated/prisma/client.ts'

const SUFFIX = 'Folded'

/** The column that has the texts of another one without their case (`without_case` in the migrations). */
export const foldedColumn = (column: string): string => `${column}${SUFFIX}`

const generated: Readonly<Record<string, unknown>> = Prisma
const fieldsOf = (model: Prisma.ModelName): string[] =>
  Object.keys(generated[`${model}ScalarFieldEnum`] as object)

/** All of them, by model: they are looked into and never shown, so no row has to bring them. */
export const foldedColumns = (): Record<string, Record<string, true>> =>
  Object.fromEntries(
    Object.values(Prisma.ModelName).map((model) => [
      `${model.charAt(0).toLowerCase()}${model.slice(1)}`,
      Object.fromEntries(
        fieldsOf(model)
          .filter((field) => field.endsWith(SUFFIX))
          .map((field) => [field, true]),
      ),
    ]),
  )
