import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed documents for the tests: `npm run codegen` after the schema or a test's operation has changed. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['tests/**/*.ts', '!tests/graphql/**'],
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
