import { Pipeline, type ChainableCommander, type Cluster, type Command } from 'ioredis'
import { toTheEnd } from '../to-the-end.ts'
import { slotOf } from './slots.ts'

type Reply = [error: Error | null, result: unknown]
type Placed = readonly [place: number, command: Command]
type Part = Pick<Pipeline, 'sendCommand'> & { exec(): Promise<Reply[] | null> }

/**
 * A pipeline whose commands may be of many slots: each slot's are sent as a pipeline of their own, in their
 * order, and the replies come in the places of their commands. ioredis takes a pipeline of one node alone, and
 * one of one slot is sent again as a whole when its slot has moved.
 */
class Parts extends Pipeline {
  private readonly given: Command[] = []
  private readonly begin: () => Part
  private readonly inTurn: boolean

  constructor(cluster: Cluster, { begin, inTurn }: { begin: () => Part; inTurn: boolean }) {
    super(cluster)
    this.begin = begin
    this.inTurn = inTurn
  }

  override sendCommand(command: Command): this {
    this.given.push(command)
    return this
  }

  override async exec(): Promise<Reply[]> {
    const replies: Reply[] = []
    const send = async (placed: readonly Placed[]): Promise<void> => {
      const part = this.begin()
      for (const [, command] of placed) part.sendCommand(command)
      const answers = (await part.exec()) ?? []
      for (const [index, [place]] of placed.entries()) replies[place] = answers[index]!
    }
    const parts = [...Map.groupBy<number, Placed>(this.given.entries(), ([, each]) => slotOf(each)).values()]
    if (this.inTurn) for (const part of parts) await send(part)
    else await toTheEnd(parts.map(send))
    return replies
  }
}

/**
 * Makes pipelines and transactions of a cluster go over slots. A transaction is one of each slot: they are
 * sent one after the other, in the order of their first commands, and the first that fails is the last. So
 * whoever needs "both or neither" puts what may be repeated first, and last what ends the matter.
 */
export const splitPipelines = (cluster: Cluster): void => {
  const [pipeline, multi] = [cluster.pipeline.bind(cluster), cluster.multi.bind(cluster)]
  const parts = (begin: () => unknown, inTurn: boolean) => () =>
    new Parts(cluster, { begin: begin as () => Part, inTurn }) as unknown as ChainableCommander
  Object.assign(cluster, { pipeline: parts(pipeline, false), multi: parts(multi, true) })
}
