/**
 * A link to an incident: GraphiQL opens it in a tab (`server/assets/page.js`). The number is in the fragment, since
 * a `query` in the address would be answered as one. Number 0 is of none: GraphiQL itself.
 */
export const linksTo =
  (publicUrl: () => string) =>
  ({ number }: { readonly number: number }): string => {
    const page = `${publicUrl().replace(/\/+$/, '')}/graphql`
    return number === 0 ? page : `${page}#incident=${number}`
  }

export type LinkTo = ReturnType<typeof linksTo>
