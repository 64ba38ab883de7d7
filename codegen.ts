import type { CodegenConfig } from '@graphql-codegen/cli'
import { globSync, readFileSync } from 'node:fs'

/** Only files that have typed documents are parsed. */
const documents = globSync('tests/**/*.ts', { exclude: ['tests/graphql/**'] }).filter((file) =>
  /graphql\/(?:gql|index)\.ts'/.test(readFileSync(file, 'utf8')),
)

/** Typed documents for the tests: `npm run codegen` after the schema or a test's operation has changed. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents,
  generates: {
    'tests/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { DateTime: 'string', BigInt: 'string', Duration: 'string', JSON: 'unknown' },
      },
    },
  },
  importExtension: '.ts',
}

export default config
