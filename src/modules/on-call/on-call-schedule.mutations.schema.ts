import { builder } from '../../graphql/builder.ts'
import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { OnCallSchedule } from './on-call-schedule.schema.ts'

const schedule = only('onCallSchedule', OnCallSchedule, 'The schedule.')

const ParticipantInput = builder.inputType('OnCallParticipantInput', {
  description: 'Somebody who takes turns to be on call.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name for people (1-100 characters).' }),
    channel: t.string({ required: true, description: 'Name of the channel by which they are told.' }),
  }),
})

const described = {
  name: 'Name for people (1-200 characters); unique in the tenant.',
  timezone: 'Time zone whose clock tells when a turn ends, such as Europe/Amsterdam.',
  startsAt: 'First handover, as a clock of that zone shows it, such as 2026-11-30T09:00.',
  shift: 'Length of a turn by that clock: PT1H to PT23H, or P1D to P28D.',
  participants: 'Who takes turns, in order, 1 to 50.',
}

mutation('createOnCallSchedule', {
  action: 'onCallSchedule:write',
  creates: true,
  description: 'Creates an on-call schedule.',
  input: (t) => ({
    name: t.string({ required: true, description: described.name }),
    timezone: t.string({ required: true, description: described.timezone }),
    startsAt: t.string({ required: true, description: described.startsAt }),
    shift: t.field({ type: 'Duration', required: true, description: described.shift }),
    participants: t.field({ type: [ParticipantInput], required: true, description: described.participants }),
  }),
  run: (permit, input, { onCallSchedules }) => onCallSchedules.service.create(permit, input),
  payload: schedule,
})

mutation('updateOnCallSchedule', {
  action: 'onCallSchedule:write',
  description: 'Changes those fields of an on-call schedule that are given. Its overrides stay.',
  input: (t) => ({
    id: idOf(t, 'OnCallSchedule'),
    name: t.string({ description: described.name }),
    timezone: t.string({ description: described.timezone }),
    startsAt: t.string({ description: described.startsAt }),
    shift: t.field({ type: 'Duration', description: described.shift }),
    participants: t.field({ type: [ParticipantInput], description: described.participants }),
    expectedVersion: t.int({
      description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
    }),
  }),
  run: (permit, input, { onCallSchedules }) => onCallSchedules.service.update(permit, input),
  payload: schedule,
})

mutation('addOnCallOverride', {
  action: 'onCallSchedule:write',
  description: 'Lets somebody take a time from whose turn it is. Overrides that are over are forgotten.',
  input: (t) => ({
    id: idOf(t, 'OnCallSchedule'),
    name: t.string({ required: true, description: 'Name of who takes it (1-100 characters).' }),
    channel: t.string({ required: true, description: 'Name of the channel by which they are told.' }),
    from: t.field({ type: 'DateTime', required: true, description: 'Its start.' }),
    to: t.field({ type: 'DateTime', required: true, description: 'Its end, 90 days later at most.' }),
  }),
  run: (permit, input, { onCallSchedules }) => onCallSchedules.service.addOverride(permit, input),
  payload: schedule,
})

mutation('removeOnCallOverride', {
  action: 'onCallSchedule:write',
  description: 'Takes an override back.',
  input: (t) => ({
    id: idOf(t, 'OnCallSchedule'),
    name: t.string({ required: true, description: 'Name of who took the time.' }),
    from: t.field({ type: 'DateTime', required: true, description: 'Its start.' }),
  }),
  run: (permit, input, { onCallSchedules }) => onCallSchedules.service.removeOverride(permit, input),
  payload: schedule,
})

mutation('deleteOnCallSchedule', {
  action: 'onCallSchedule:write',
  description: 'Deletes an on-call schedule. One that a route names is not deleted.',
  input: (t) => ({ id: idOf(t, 'OnCallSchedule') }),
  run: (permit, { id }, { onCallSchedules }) => onCallSchedules.service.remove(permit, id),
  payload: deleted('OnCallSchedule'),
})
