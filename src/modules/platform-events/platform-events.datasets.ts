import { platformEvents } from './platform-events.dataset.ts'

export const platformEventsDatasets = [platformEvents]
