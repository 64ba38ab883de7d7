import type { TenantId } from './ids.ts'

/** A sample, and whose it is: a value of the table's `of`. */
export type SampleId = { readonly eventId: string; readonly timeMs: number; readonly of: string }

/** The JSON texts of samples by their ids. Throws AppError STORE_UNAVAILABLE or TIMED_OUT. */
export type SampleDocuments = (
  tenant: TenantId,
  samples: readonly SampleId[],
  options?: { readonly signal?: AbortSignal; readonly requestId?: string },
) => Promise<ReadonlyMap<string, string>>
