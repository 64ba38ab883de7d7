import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { eventually } from '../testkit/waiters.ts'

/** GraphiQL as somebody uses it: tabs, the run button, the key box and what stands in the result. */
export const openGraphiql = async (context: BrowserContext, url: string, fragment = '') => {
  const page: Page = await context.newPage()
  page.setDefaultTimeout(60_000)
  await page.goto(`${url}/graphql${fragment}`)
  await page.getByRole('button', { name: /^Execute query/ }).waitFor()

  const result = async (): Promise<string> =>
    (await page.locator('.graphiql-response').innerText()).replaceAll('\u00a0', ' ')

  const storedQuery = (): Promise<string | null> =>
    page.evaluate(() => localStorage.getItem('graphiql:query'))

  return {
    page,
    keyBox: page.getByLabel('API key or access token', { exact: true }),
    whoseKey: page.locator('#whose-key'),
    result,
    tabNames: () => page.locator('.graphiql-tab-button').allInnerTexts(),
    /**
     * Turns to a tab. GraphiQL takes note of the other operation a moment later, and until then its run
     * button asks for the one before; that it has done so shows in what it stores.
     */
    turnTo: async (name: string): Promise<void> => {
      const button = page.locator('.graphiql-tab-button').getByText(name, { exact: true })
      const tab = page.locator('.graphiql-tab').filter({ has: button })
      if (/graphiql-tab-active/.test((await tab.getAttribute('class')) ?? '')) return
      await button.click()
      // Not waitForFunction: it needs eval, which the page's security policy forbids.
      await eventually(async () =>
        expect((await storedQuery()) ?? '').toMatch(new RegExp(`(query|mutation|subscription) ${name} `)),
      )
    },
    /** Writes a document into a new tab. */
    write: async (text: string): Promise<void> => {
      await page.getByRole('button', { name: 'New tab' }).click()
      await page.locator('.graphiql-query-editor .monaco-editor').first().click()
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.insertText(text)
      await eventually(async () => expect(await storedQuery()).toBe(text))
    },
    run: () => page.getByRole('button', { name: /^Execute query/ }).click(),
    /** Ends the subscription that runs. */
    stop: async () => {
      await page.getByRole('button', { name: /^Stop query/ }).click()
      await page.getByRole('button', { name: /^Execute query/ }).waitFor()
    },
    isRunning: () => page.getByRole('button', { name: /^Stop query/ }).waitFor(),
    /** Waits until the result shows it. */
    resultShows: (what: RegExp, timeoutMs = 60_000) =>
      eventually(async () => expect(await result()).toMatch(what), timeoutMs),
    /**
     * Does something again and again until the result shows it: a subscription that says nothing at first may
     * not be there yet.
     */
    resultShowsAfter: (what: RegExp, act: () => Promise<unknown>) =>
      eventually(async () => {
        await act()
        await eventually(async () => expect(await result()).toMatch(what), 1_000)
      }, 60_000),
  }
}
export type GraphiqlPage = Awaited<ReturnType<typeof openGraphiql>>

/**
 * Everything that the pages of a context send, what Chromium complains about their security policy, and all
 * errors of its console.
 */
export const watchTraffic = (context: BrowserContext) => {
  const urls: string[] = []
  const violations: string[] = []
  const complaints: string[] = []
  context.on('request', (request) => urls.push(request.url()))
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text())
  })
  return { urls, violations, complaints }
}
