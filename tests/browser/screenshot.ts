// Makes docs/graphiql.png again: node_modules/.bin/node tests/browser/screenshot.ts
// A demo of its own is started, and GraphiQL photographed with the live example running.
import { fileURLToPath } from 'node:url'
import { launchChromium } from './chromium.ts'
import { openGraphiql } from './graphiql-page.ts'
import { startProgram } from './program.ts'

const PICTURE = fileURLToPath(new URL('../../docs/graphiql.png', import.meta.url))

const program = await startProgram()
try {
  const browser = await launchChromium()
  try {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 },
      reducedMotion: 'reduce',
    })
    const graphiql = await openGraphiql(context, program.url)
    await graphiql.turnTo('LiveViewers')
    await graphiql.run()
    // Ten streams with viewers fill the list: the demo is at full swing.
    await graphiql.resultShows(/"streams": [1-9]\d,/, 60_000)
    await graphiql.page.mouse.move(700, 860)
    await graphiql.page.screenshot({ path: PICTURE })
    console.info(`Wrote ${PICTURE}`)
  } finally {
    await browser.close()
  }
} finally {
  await program.stop()
}
