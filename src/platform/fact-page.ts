/** A fact's place in its list: by its time, and by its id among those of one instant. */
export type Fact = { readonly time: Date; readonly eventId: string }

/**
 * Which page of a list: `size` items from its start, or from its end where `backward`, between two cursors.
 */
export type PageAsk = {
  readonly size: number
  readonly backward: boolean
  /** The list begins with its oldest item; with its newest unless told. */
  readonly oldestFirst?: boolean | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

export type FactPage<Row> = {
  readonly edges: readonly { readonly node: Row; readonly cursor: string }[]
  readonly pageInfo: {
    readonly startCursor: string | null
    readonly endCursor: string | null
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
  }
}
