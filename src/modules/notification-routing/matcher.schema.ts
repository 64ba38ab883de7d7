import { builder } from '../../graphql/builder.ts'
import { MAX_MATCHERS, type Matcher as Given } from './matcher.ts'

const LIST = { cost: { small: true as const, items: 100 } }
export const matcherList = { cost: { small: true as const, items: MAX_MATCHERS } }

export const Matcher = builder.objectRef<Given>('Matcher').implement({
  description:
    'A condition on a label of incidents, or on `severity`, `status`, `source`, `rule` or `title`. A missing label is an empty text.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the label, in the same case.' }),
    eq: t.exposeString('eq', { nullable: true, description: 'Equal to this text, in the same case.' }),
    in: t.field({
      type: ['String'],
      nullable: true,
      description: 'Equal to one of these texts.',
      extensions: LIST,
      resolve: (given) => given.in,
    }),
    contains: t.exposeString('contains', { nullable: true, description: 'Contains this text, in any case.' }),
    startsWith: t.exposeString('startsWith', {
      nullable: true,
      description: 'Starts with this text, in any case.',
    }),
    not: t.boolean({
      description: 'Whether it holds where the given operators do not all hold.',
      resolve: ({ not }) => not === true,
    }),
  }),
})

export const MatcherInput = builder.inputType('MatcherInput', {
  description:
    'A condition on a label of incidents, or on `severity`, `status`, `source`, `rule` or `title`. All given operators must hold; a missing label is an empty text. One that could never hold is refused.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the label, in the same case.' }),
    eq: t.string({ description: 'Equal to this text, in the same case.' }),
    in: t.stringList({ description: 'Equal to one of these texts (at most 100).' }),
    contains: t.string({ description: 'Contains this text (at most 256 characters), in any case.' }),
    startsWith: t.string({ description: 'Starts with this text (at most 256 characters), in any case.' }),
    not: t.boolean({
      description: 'Whether it holds where the given operators do not all hold (default: false).',
    }),
  }),
})
