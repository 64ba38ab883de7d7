import { BaseSequencer, type TestSpecification } from 'vitest/node'

const order = ['processes', 'stores', 'unit']
const rank = ({ project }: TestSpecification): number => order.indexOf(project.name)

/**
 * Programs first, so that none of their long files is what the run waits for at its end; within a project the
 * longest first.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own, which answers a list of its own
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
