import { builder } from './builder.ts'

export const Label = builder.objectRef<{ readonly name: string; readonly value: string }>('Label').implement({
  description: 'A name and its value.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name, which is in a list once.' }),
    value: t.exposeString('value', { description: 'Value.' }),
  }),
})

export const LabelInput = builder.inputType('LabelInput', {
  description: 'A name and its value.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name, which may be in a list once.' }),
    value: t.string({ required: true, description: 'Value.' }),
  }),
})
