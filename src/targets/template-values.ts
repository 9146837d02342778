// In: nothing. Out: TemplateValues, what a template shows: plain data without secrets.

export type TemplateValue =
  | string
  | number
  | boolean
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue }
export type TemplateValues = Readonly<Record<string, TemplateValue>>
