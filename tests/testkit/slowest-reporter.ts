import type { Reporter, TestModule } from 'vitest/node'

const SHOWN = 10

/** From the first import to the last hook: what a file costs, not only its tests. */
const secondsOf = (file: TestModule): number => {
  const { duration, collectDuration, setupDuration, environmentSetupDuration, prepareDuration } =
    file.diagnostic()
  return (duration + collectDuration + setupDuration + environmentSetupDuration + prepareDuration) / 1000
}

/** After a whole run: how many tests each project has, how long they took, and the slowest files. */
export default class SlowestFiles implements Reporter {
  onTestRunEnd(files: readonly TestModule[]): void {
    if (files.length < 2 * SHOWN) return
    const projects = Map.groupBy(files, ({ project }) => project.name)
    const lines = [...projects].map(([name, of]) => {
      const tests = of.reduce((sum, file) => sum + [...file.children.allTests()].length, 0)
      const seconds = of.reduce((sum, file) => sum + secondsOf(file), 0)
      return `  ${name.padEnd(10)} ${String(of.length).padStart(4)} files ${String(tests).padStart(5)} tests ${seconds.toFixed(1).padStart(7)} s of workers`
    })
    const slowest = files
      .toSorted((a, b) => secondsOf(b) - secondsOf(a))
      .slice(0, SHOWN)
      .map((file) => `  ${secondsOf(file).toFixed(1).padStart(6)} s  ${file.relativeModuleId}`)
    process.stdout.write(
      `\n By project\n${lines.join('\n')}\n\n The ${SHOWN} slowest files\n${slowest.join('\n')}\n\n`,
    )
  }
}
