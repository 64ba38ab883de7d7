import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

const check = (column: string, refused: readonly string[], kept: readonly string[]) => ({
  refused: refused.map((value) => `UPDATE on_call_schedules SET ${column} = ${value}`),
  kept: kept.map((value) => `UPDATE on_call_schedules SET ${column} = ${value}`),
})
const hours = (from: number): Date => new Date(Date.now() + from * 3_600_000)

export const onCall: DomainFixture = {
  nodes: { OnCallSchedule: 'on_call_schedules' },

  rows: async ({ insert, common, word }) => {
    const participants = JSON.stringify([{ name: word, channelId: uuidv7() }])
    const turns = { timezone: 'UTC', starts_at: '2026-11-30T09:00', shift_ms: 86_400_000 }
    await insert('on_call_schedules', { ...common(), name: word, participants, ...turns })
  },

  constraints: {
    on_call_schedules_name_check: check('name', [`''`, `repeat('n', 201)`], [`repeat('n', 200)`]),
    on_call_schedules_starts_at_check: check('starts_at', [`'2026-11-30'`, `'soon'`], [`'2026-11-30T23:59'`]),
    on_call_schedules_shift_ms_check: check(
      'shift_ms',
      ['0', '5400000', '90000000', '2505600000'],
      ['3600000', '2419200000'],
    ),
    on_call_schedules_participants_check: check(
      'participants',
      [`'[]'`],
      [`'[{"name":"A","channelId":"x"}]'`],
    ),
    on_call_schedules_overrides_check: check(
      'overrides',
      [`(SELECT jsonb_agg(n) FROM generate_series(1, 101) n)`],
      [`(SELECT jsonb_agg(n) FROM generate_series(1, 100) n)`],
    ),
  },

  inhabit: async ({ modules, permit, word }) => {
    const channel = `${word} channel 1` // of notifications
    for (const number of [1, 2]) {
      const { id } = await modules.onCallSchedules.service.create(permit<'onCallSchedule:write'>(), {
        name: `${word} schedule ${number}`,
        timezone: 'Europe/Amsterdam',
        startsAt: '2026-01-05T09:00',
        shift: 'P7D',
        participants: [{ name: `${word} person`, channel }],
      })
      await modules.onCallSchedules.service.addOverride(permit<'onCallSchedule:write'>(), {
        id,
        name: `${word} other person`,
        channel,
        from: hours(24),
        to: hours(48),
      })
    }
  },

  longest: {
    'OnCallSchedule.overrides': 100,
    'OnCallSchedule.participants': 50,
    'OnCallSchedule.shifts': 500,
  },

  literals: ({ word, id }) => ({
    'Query.onCallSchedules.first': '5',
    'Mutation.createOnCallSchedule.input': `{ name: "new-${word}", timezone: "UTC", startsAt: "2026-11-30T09:00", shift: "P1D", participants: [{ name: "A", channel: "${word} channel 1" }] }`,
    'Mutation.updateOnCallSchedule.input': `{ id: ${id('OnCallSchedule')}, shift: "PT12H" }`,
    'Mutation.addOnCallOverride.input': `{ id: ${id('OnCallSchedule')}, name: "B", channel: "${word} channel 1", from: "2036-11-30T09:00:00Z", to: "2036-12-01T09:00:00Z" }`,
    'Mutation.removeOnCallOverride.input': `{ id: ${id('OnCallSchedule')}, name: "B", from: "2036-11-30T09:00:00Z" }`,
    'Mutation.deleteOnCallSchedule.input': `{ id: ${id('OnCallSchedule')} }`,
  }),

  audited: async (run) => {
    await run('createNotificationChannel', { name: 'Pager', webhookUrl: 'https://pager.example.com/hook' })
    const { onCallSchedule } = await run('createOnCallSchedule', {
      name: 'Nights',
      timezone: 'UTC',
      startsAt: '2026-11-30T21:00',
      shift: 'P1D',
      participants: [{ name: 'Ada', channel: 'Pager' }],
    })
    const { id } = onCallSchedule!
    await run('updateOnCallSchedule', { id, name: 'Late' })
    const taken = { id, name: 'Bo', from: hours(1) }
    await run('addOnCallOverride', { ...taken, channel: 'Pager', to: hours(2) })
    await run('removeOnCallOverride', taken)
    await run('deleteOnCallSchedule', { id })
  },
}
