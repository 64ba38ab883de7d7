import { logEvents } from './log-events.dataset.ts'

export const incidentsDatasets = [logEvents]
