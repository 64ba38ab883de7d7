import {
  ack,
  fire,
  labeled,
  only,
  reopen,
  resolve,
  speak,
  suppress,
  table,
  quiet,
  video,
} from '../../../tests/testkit/routing-simulation.ts'

const every = { routes: [{ repeatMs: 600_000 }] }
table('repeat', [
  [
    'what goes on is told again',
    every,
    [[0, fire('a')]],
    1_300,
    ['10 ops FIRING a #1', '610 ops FIRING again a #1', '1210 ops FIRING again a #1'],
  ],
  ['never', { routes: [{ repeatMs: 0 }] }, [[0, fire('a')]], 90_000, ['10 ops FIRING a #1']],
  [
    'four hours, as is usual',
    { routes: [{ repeatMs: 14_400_000 }] },
    [[0, fire('a')]],
    14_500,
    ['10 ops FIRING a #1', '14410 ops FIRING again a #1'],
  ],
  [
    'a repetition that comes before the interval',
    { routes: [{ repeatMs: 100_000 }] },
    [[0, fire('a')]],
    220,
    ['10 ops FIRING a #1', '110 ops FIRING again a #1', '210 ops FIRING again a #1'],
  ],
  [
    'not what somebody has acknowledged',
    every,
    [
      [0, fire('a')],
      [300, ack('a')],
    ],
    5_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'while one of two is not acknowledged',
    every,
    [
      [0, fire('a'), fire('b')],
      [300, ack('a')],
    ],
    700,
    ['10 ops FIRING a b #1', '610 ops FIRING again a b #1'],
  ],
  [
    'it counts from the last message',
    every,
    [
      [0, fire('a')],
      [320, fire('b')],
    ],
    1_300,
    ['10 ops FIRING a #1', '610 ops FIRING a b #1', '1210 ops FIRING again a b #1'],
  ],
  [
    'an acknowledged one that is over is told',
    every,
    [
      [0, fire('a')],
      [20, ack('a')],
      [400, resolve('a')],
    ],
    1_000,
    ['10 ops FIRING a #1', '610 ops RESOLVED a/ #1'],
  ],
])

table('silences', [
  ['nobody is told', quiet(0, 10_000), [[0, video('a')]], 2_000, []],
  ['of others they are', quiet(0, 10_000), [[0, video('a'), fire('b')]], 400, ['10 ops FIRING b #1']],
  ['told at the next look after its end', quiet(0, 100), [[0, video('a')]], 400, ['310 ops FIRING a #1']],
  ['one that ends before the wait does', quiet(0, 10), [[0, video('a')]], 400, ['10 ops FIRING a #1']],
  [
    'over before the silence ends: never told',
    quiet(0, 400),
    [
      [0, video('a')],
      [350, resolve('a')],
    ],
    1_000,
    [],
  ],
  [
    'ended by hand',
    quiet(0, 10_000),
    [
      [0, video('a')],
      [50, speak],
    ],
    400,
    ['310 ops FIRING a #1'],
  ],
  [
    'one that begins later repeats nothing',
    { ...quiet(20, 10_000), ...every },
    [[0, video('a')]],
    3_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'but tells the end to who heard the beginning',
    quiet(20, 10_000),
    [
      [0, video('a')],
      [40, resolve('a')],
    ],
    400,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1'],
  ],
  [
    'who heard of nothing but another one hears of its end, and under a new key of what was silenced',
    quiet(0, 400),
    [
      [0, video('a'), fire('b')],
      [20, resolve('b')],
    ],
    700,
    ['10 ops FIRING b #1', '310 ops RESOLVED b/ #1', '610 ops FIRING a #2'],
  ],
  [
    'told before it was silenced, it goes on: the group is not over',
    quiet(20, 10_000),
    [
      [0, video('a'), fire('b')],
      [40, resolve('b')],
    ],
    700,
    ['10 ops FIRING a b #1', '310 ops FIRING b/ #1'],
  ],
  ['not yet begun', quiet(50, 100), [[0, video('a')]], 40, ['10 ops FIRING a #1']],
  ['a suppressed incident is quiet by itself', {}, [[0, fire('a'), suppress('a')]], 1_000, []],
  [
    'suppressed after it was told, and then over',
    {},
    [
      [0, fire('a')],
      [20, suppress('a')],
      [400, resolve('a')],
    ],
    1_000,
    ['10 ops FIRING a #1', '610 ops RESOLVED a/ #1'],
  ],
  [
    'suppressed and opened again',
    {},
    [
      [0, suppress('a')],
      [100, reopen('a')],
    ],
    400,
    ['310 ops FIRING a #1'],
  ],
])

const inhibits = (equal: string[] = []) => ({
  inhibitions: [
    { source: only('severity', 'CRITICAL'), target: [{ name: 'severity', in: ['LOW', 'HIGH'] }], equal },
  ],
})
const at = (id: string, cluster: string, severity: 'LOW' | 'HIGH' | 'CRITICAL' = 'HIGH') =>
  labeled(id, { cluster }, severity)
table('inhibition', [
  [
    'the source is told, the target is not',
    inhibits(),
    [[0, at('s', 'x', 'CRITICAL'), at('t', 'x')]],
    400,
    ['10 ops FIRING s #1'],
  ],
  ['without a source the target is', inhibits(), [[0, at('t', 'x')]], 400, ['10 ops FIRING t #1']],
  [
    'another value of the label',
    inhibits(['cluster']),
    [[0, at('s', 'x', 'CRITICAL'), at('t', 'y'), at('u', 'x')]],
    400,
    ['10 ops FIRING s t #1'],
  ],
  [
    'the label is missing in both',
    inhibits(['cluster']),
    [[0, fire('s', { severity: 'CRITICAL' }), fire('t')]],
    400,
    ['10 ops FIRING s #1'],
  ],
  [
    'the source is over: the target is told',
    inhibits(),
    [
      [0, at('s', 'x', 'CRITICAL'), at('t', 'x')],
      [100, resolve('s')],
    ],
    700,
    ['10 ops FIRING s #1', '310 ops FIRING t s/ #1'],
  ],
  [
    'a source that is acknowledged inhibits',
    inhibits(),
    [[0, at('s', 'x', 'CRITICAL'), ack('s'), at('t', 'x')]],
    400,
    ['10 ops FIRING s #1'],
  ],
  [
    'a source that is silenced inhibits',
    { ...inhibits(), silences: [{ matchers: only('title', 's') }] },
    [[0, at('s', 'x', 'CRITICAL'), at('t', 'x')]],
    400,
    [],
  ],
  [
    'a source in another route inhibits',
    { ...inhibits(), routes: [{ matchers: only('title', 't') }] },
    [[0, at('s', 'x', 'CRITICAL'), at('t', 'x')]],
    400,
    [],
  ],
  [
    'nothing inhibits itself',
    { inhibitions: [{ source: only('team', 'video'), target: only('team', 'video') }] },
    [[0, video('a')]],
    400,
    ['10 ops FIRING a #1'],
  ],
  [
    'two that are on both sides do not inhibit each other',
    { inhibitions: [{ source: only('team', 'video'), target: only('team', 'video') }] },
    [[0, video('a'), video('b')]],
    400,
    ['10 ops FIRING a b #1'],
  ],
  [
    'the target was told before the source came: its end is told',
    inhibits(),
    [
      [0, at('t', 'x')],
      [20, at('s', 'x', 'CRITICAL')],
      [50, resolve('t')],
    ],
    700,
    ['10 ops FIRING t #1', '30 ops FIRING s #1', '330 ops FIRING s t/ #1'],
  ],
])

const node = (from: number, to: number, windowId: string | null = 'w') => ({
  maintained: [{ windowId, nodeId: 'n', streamId: null, name: 'edge-1', from, to }],
})
const stream = {
  maintained: [{ windowId: 'w', nodeId: null, streamId: 's', name: 'main', from: 0, to: 1_000 }],
}
table('maintenance', [
  [
    'of a node: what names it in a label',
    node(0, 1_000),
    [[0, labeled('a', { node_id: 'edge-1' }), labeled('b', { node_id: 'edge-2' })]],
    400,
    ['10 ops FIRING b #1'],
  ],
  [
    'by any of the labels that name nodes',
    node(0, 1_000),
    [
      [
        0,
        labeled('a', { host: 'edge-1' }),
        labeled('b', { node: 'edge-1' }),
        labeled('c', { edge: 'edge-1' }),
      ],
    ],
    400,
    [],
  ],
  [
    'a label of streams names no node',
    node(0, 1_000),
    [[0, labeled('a', { stream: 'edge-1' })]],
    20,
    ['10 ops FIRING a #1'],
  ],
  [
    'of a stream',
    stream,
    [
      [
        0,
        labeled('a', { internal_name: 'main' }),
        labeled('b', { stream: 'main' }),
        labeled('c', { node_id: 'main' }),
      ],
    ],
    400,
    ['10 ops FIRING c #1'],
  ],
  ['it ends', node(0, 100), [[0, labeled('a', { node_id: 'edge-1' })]], 400, ['310 ops FIRING a #1']],
  [
    'a node that is drained, without a window',
    node(0, 400, null),
    [
      [0, labeled('a', { node_id: 'edge-1' })],
      [350, resolve('a')],
    ],
    1_000,
    [],
  ],
  ['an incident without labels', node(0, 1_000), [[0, fire('a')]], 20, ['10 ops FIRING a #1']],
])
