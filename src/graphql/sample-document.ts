import DataLoader from 'dataloader'
import type { SampleDocuments, SampleId } from '../platform/samples.ts'
import { parseJson } from '../platform/json.ts'
import { loaderOf, tenantOf, type Context } from './context.ts'

/** The JSON object of a sample; null when the sample is not stored yet. Those of an answer are read by one question. */
export const sampleDocument = (
  context: Context,
  name: string,
  read: SampleDocuments,
  sample: SampleId,
): Promise<object | null> =>
  loaderOf(
    context,
    name,
    () =>
      new DataLoader<SampleId, object | null, string>(
        async (samples) => {
          const found = await read(tenantOf(context), samples, context)
          return samples.map(({ eventId }) => {
            const text = found.get(eventId)
            return text === undefined ? null : (parseJson(text)?.value as object)
          })
        },
        { cacheKeyFn: ({ eventId }) => eventId },
      ),
  ).load(sample)
