export const PROBLEM = '... on Problem { code message path }'
const tokensOf = (payload: string) => `... on ${payload} { accessToken refreshToken } ${PROBLEM}`
/** The operations that take or hand out a secret, with the secrets as variables. */
export const flowsThrough = (ask: (query: string, variables?: object, as?: string) => Promise<string>) => ({
  signUp: (email: string, password: unknown) =>
    ask(
      `mutation ($e: String!, $p: String!) { signUp(input: { email: $e, password: $p, name: "Ada" }) { __typename ${PROBLEM} } }`,
      { e: email, p: password },
    ),
  signIn: (email: string, password: unknown, slug?: string) =>
    ask(
      `mutation ($e: String!, $p: String!, $s: String) { signIn(input: { email: $e, password: $p, tenantSlug: $s }) { ${tokensOf('SignInPayload')} } }`,
      { e: email, p: password, s: slug },
    ),
  refresh: (t: string) =>
    ask(
      `mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { ${tokensOf('RefreshSessionPayload')} } }`,
      { t },
    ),
  changePassword: (as: string, o: string, n: string) =>
    ask(
      `mutation ($o: String!, $n: String!) { changePassword(input: { oldPassword: $o, newPassword: $n }) { __typename ${PROBLEM} } }`,
      { o, n },
      as,
    ),
  createKey: (as: string) =>
    ask(
      `mutation { createApiKey(input: { name: "K", mode: LIVE, scopes: [READ, INGEST] }) { ... on CreateApiKeyPayload { apiKey { id } key } ${PROBLEM} } }`,
      {},
      as,
    ),
  rotateKey: (as: string, id: string) =>
    ask(
      `mutation { rotateApiKey(input: { id: "${id}" }) { ... on RotateApiKeyPayload { apiKey { id } key } ${PROBLEM} } }`,
      {},
      as,
    ),
  createStream: (as: string) =>
    ask(
      `mutation { createStream(input: { title: "T" }) { ... on CreateStreamPayload { stream { id } streamKey } ${PROBLEM} } }`,
      {},
      as,
    ),
  rotateStreamKey: (as: string, id: string) =>
    ask(
      `mutation { rotateStreamKey(input: { id: "${id}" }) { ... on RotateStreamKeyPayload { streamKey } ${PROBLEM} } }`,
      {},
      as,
    ),
  createStreamKey: (as: string, id: string) =>
    ask(
      `mutation { createStreamKey(input: { streamId: "${id}", name: "K" }) { ... on CreateStreamKeyPayload { streamKey } ${PROBLEM} } }`,
      {},
      as,
    ),
  validateStreamKey: (as: string, k: string) =>
    ask(
      `mutation ($k: String!) { validateStreamKey(input: { key: $k }) { ... on ValidateStreamKeyPayload { internalName } ${PROBLEM} } }`,
      { k },
      as,
    ),
  invite: (as: string, email: string) =>
    ask(
      `mutation { inviteMember(input: { email: "${email}", role: ADMIN }) { ... on InviteMemberPayload { token } ${PROBLEM} } }`,
      {},
      as,
    ),
  accept: (as: string, t: string) =>
    ask(
      `mutation ($t: String!) { acceptInvitation(input: { token: $t }) { __typename ${PROBLEM} } }`,
      { t },
      as,
    ),
})
