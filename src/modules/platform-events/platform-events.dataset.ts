import { defineDataset } from '../../ingest/dataset.ts'
import { document, text, time, uuid } from '../../ingest/fields.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import { platformEventType } from './platform-event-type.field.ts'

/** What was done to the tenant's own platform: a deployment, a change of configuration, or anything else. */
export const platformEvents = defineDataset({
  name: 'platform_events',
  fields: {
    time: time(),
    project: uuid().default(NIL_UUID),
    environment: uuid().default(NIL_UUID),
    service: text(128).default(''),
    // The longest DNS name has 253 characters.
    host: text(255).default(''),
    type: platformEventType,
    // A tag, a number or a hash of what runs now.
    version: text(128).default(''),
    // Notes of a release fit.
    message: text(8_192).default(''),
    // A changed file of settings fits. Deeper than 8 levels is a document of something else.
    body: document({ chars: 32_768, depth: 8 }),
  },
  columns: { project: 'project_id', environment: 'environment_id' },
  project: 'project',
})
