import { defineDataset } from '../../ingest/dataset.ts'
import { document, text, time, uuid } from '../../ingest/fields.ts'
import { NIL_UUID } from '../../platform/ids.ts'

/** What somebody did in a product: a page seen, a button clicked, a call made, an error met, or anything else. */
export const productEvents = defineDataset({
  name: 'product_events',
  fields: {
    time: time(),
    project: uuid().default(NIL_UUID),
    environment: uuid().default(NIL_UUID),
    // A closed set of the product's own; the column is LowCardinality, and a type is a line of a chart.
    event_type: text(128, 1),
    // Hashes and addresses of mail fit; empty for somebody who is not known.
    user_id: text(256).default(''),
    session_id: text(256).default(''),
    // A stack trace fits. Deeper than 8 levels is a document of something else.
    properties: document({ chars: 32_768, depth: 8 }),
  },
  columns: { project: 'project_id', environment: 'environment_id' },
  project: 'project',
  // As trackers send it: the time under another name, the session among the properties.
  aliases: { time: ['timestamp'], session_id: ['properties', 'session_id'] },
})
