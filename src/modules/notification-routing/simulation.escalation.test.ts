import {
  ack,
  downUntil,
  fire,
  reopen,
  reroute,
  resolve,
  table,
  quiet,
  video,
} from '../../../tests/testkit/routing-simulation.ts'
import type { Step } from './routing.ts'

const step = (minutes: number, channel: string): Step => ({
  afterMs: minutes * 60_000,
  channelIds: [channel],
  scheduleIds: [],
})
const steps = { routes: [{ escalation: [step(5, 'lead'), step(15, 'boss')] }] }
table('escalation', [
  [
    'each step in its time, once',
    steps,
    [[0, fire('a')]],
    5_000,
    ['10 ops FIRING a #1', '310 lead FIRING step 1 a #1', '910 boss FIRING step 2 a #1'],
  ],
  [
    'acknowledged before the first',
    steps,
    [
      [0, fire('a')],
      [100, ack('a')],
    ],
    5_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'acknowledged after the first',
    steps,
    [
      [0, fire('a')],
      [400, ack('a')],
    ],
    5_000,
    ['10 ops FIRING a #1', '310 lead FIRING step 1 a #1'],
  ],
  [
    'over before the first',
    steps,
    [
      [0, fire('a')],
      [100, resolve('a')],
    ],
    5_000,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1'],
  ],
  [
    'the end is told to all that were',
    steps,
    [
      [0, fire('a')],
      [400, resolve('a')],
    ],
    5_000,
    [
      '10 ops FIRING a #1',
      '310 lead FIRING step 1 a #1',
      '610 ops RESOLVED a/ #1',
      '610 lead RESOLVED a/ #1',
    ],
  ],
  [
    'no program for a while: each step, late, none left out',
    steps,
    [
      [0, fire('a')],
      [100, downUntil(2_000)],
    ],
    5_000,
    ['10 ops FIRING a #1', '2000 lead FIRING step 1 a #1', '2000 boss FIRING step 2 a #1'],
  ],
  [
    'no program between two steps',
    steps,
    [
      [0, fire('a')],
      [400, downUntil(800)],
    ],
    5_000,
    ['10 ops FIRING a #1', '310 lead FIRING step 1 a #1', '910 boss FIRING step 2 a #1'],
  ],
  [
    'acknowledged while no program ran',
    steps,
    [
      [0, fire('a')],
      [100, downUntil(2_000)],
      [500, ack('a')],
    ],
    5_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'what came later has its own time',
    steps,
    [
      [0, fire('a')],
      [20, fire('b')],
      [100, ack('a')],
    ],
    1_300,
    [
      '10 ops FIRING a #1',
      '310 ops FIRING a b #1',
      '610 lead FIRING step 1 b #1',
      '1210 boss FIRING step 2 b #1',
    ],
  ],
  [
    'what came later goes the steps of its own after others have gone them',
    { routes: [{ escalation: [step(1, 'lead')] }] },
    [
      [0, fire('a')],
      [400, fire('b')],
      [380, ack('a')],
    ],
    1_300,
    [
      '10 ops FIRING a #1',
      '70 lead FIRING step 1 a #1',
      '610 ops FIRING a b #1',
      '670 lead FIRING step 1 b #1',
    ],
  ],
  [
    'what is told later goes each step so long after it was told itself, and is named in those of others',
    steps,
    [
      [0, fire('a')],
      [20, fire('b')],
    ],
    1_300,
    [
      '10 ops FIRING a #1',
      '310 ops FIRING a b #1',
      '310 lead FIRING step 1 a b #1',
      '610 lead FIRING step 1 a b #1',
      '910 boss FIRING step 2 a b #1',
      '1210 boss FIRING step 2 a b #1',
    ],
  ],
  [
    'while all its channels are off its steps go, and it is told when one is on again',
    { ...steps, isOn: (channel, second) => channel !== 'ops' || second > 400 },
    [
      [0, fire('a')],
      [1_000, resolve('a')],
    ],
    5_000,
    [
      '310 lead FIRING step 1 a #1',
      '430 ops FIRING a #1',
      '910 boss FIRING step 2 a #1',
      '1030 lead RESOLVED a/ #1',
      '1030 ops RESOLVED a/ #1',
      '1030 boss RESOLVED a/ #1',
    ],
  ],
  [
    'while nobody is on no step passes',
    { ...steps, isOn: (_, second) => second > 400 },
    [[0, fire('a')]],
    5_000,
    ['430 ops FIRING a #1', '730 lead FIRING step 1 a #1', '1330 boss FIRING step 2 a #1'],
  ],
  [
    'a step whose channel is off is passed, and its channel is told of no end',
    { ...steps, isOn: (channel, second) => channel !== 'lead' || second > 400 },
    [
      [0, fire('a')],
      [500, resolve('a')],
    ],
    5_000,
    ['10 ops FIRING a #1', '610 ops RESOLVED a/ #1'],
  ],
  [
    'silenced meanwhile it goes no step',
    { ...steps, ...quiet(20, 10_000) },
    [[0, video('a')]],
    5_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'and goes on when the silence ends',
    { ...steps, ...quiet(20, 400) },
    [[0, video('a')]],
    1_000,
    ['10 ops FIRING a #1', '610 lead FIRING step 1 a #1', '910 boss FIRING step 2 a #1'],
  ],
  [
    'a step at once',
    { routes: [{ escalation: [step(0, 'lead')] }] },
    [[0, fire('a')]],
    20,
    ['10 ops FIRING a #1', '10 lead FIRING step 1 a #1'],
  ],
  [
    'who is on call when it comes to that',
    {
      routes: [{ escalation: [{ afterMs: 60_000, channelIds: ['lead'], scheduleIds: ['night'] }] }],
      onCall: (schedule, second) => [`${schedule}-${second < 60 ? 'Ada' : 'Bo'}`],
    },
    [[0, fire('a')]],
    100,
    ['10 ops FIRING a #1', '70 lead FIRING step 1 a #1', '70 night-Bo FIRING step 1 a #1'],
  ],
  [
    'a step that tells nobody is passed',
    {
      routes: [
        { escalation: [{ afterMs: 60_000, channelIds: [], scheduleIds: ['nobody'] }, step(2, 'boss')] },
      ],
    },
    [[0, fire('a')]],
    200,
    ['10 ops FIRING a #1', '130 boss FIRING step 2 a #1'],
  ],
  [
    'a route of steps alone',
    { routes: [{ channelIds: [], escalation: [step(1, 'lead')] }] },
    [[0, fire('a')]],
    100,
    ['70 lead FIRING step 1 a #1'],
  ],
  [
    'a route that is deleted escalates nothing',
    steps,
    [
      [0, fire('a')],
      [100, reroute()],
    ],
    2_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'a breach that comes again goes all steps again',
    { routes: [{ escalation: [step(1, 'lead')] }] },
    [
      [0, fire('a')],
      [100, resolve('a')],
      [400, reopen('a')],
    ],
    500,
    [
      '10 ops FIRING a #1',
      '70 lead FIRING step 1 a #1',
      '310 ops RESOLVED a/ #1',
      '310 lead RESOLVED a/ #1',
      '410 ops FIRING a #2',
      '470 lead FIRING step 1 a #2',
    ],
  ],
])
