import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

export type GraphiqlOptions = {
  /** Put into the key box; only the demo does that, with the key of its own tenant. */
  apiKey?: string
}

/** Renders the page once; every browser gets the same bytes. */
export const createGraphiql = (options: GraphiqlOptions = {}): (() => string) => {
  void options
  const page = renderGraphiQL({ endpoint: '/graphql', title: 'Heliograph' })
  return () => page
}
