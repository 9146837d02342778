// In: nothing. Out: the question about the test client.
import { picklist } from 'valibot'
import { hasServer } from '../conditions.ts'
import { question } from '../question.ts'

const KINDS = ['rest', 'python', 'all', 'off'] as const

export const testClient = question({
  id: 'testClient',
  kind: 'text',
  choices: KINDS,
  group: 'Proof',
  placeholder: '<kind>',
  summary: 'the test client that proves the stack: rest, python, all or off',
  ask: 'How should it be proven?',
  options: (answers) => [
    ...(hasServer(answers)
      ? [
          { value: 'rest', label: 'Over HTTP', hint: 'runs, files, model, trace; about 1 s' },
          { value: 'all', label: 'Over HTTP and with the Python client', hint: 'trains a model too; about 10 s' },
        ]
      : []),
    { value: 'python', label: 'With the Python client', hint: 'trains, logs and loads a model' },
    { value: 'off', label: 'Not at all', hint: 'nothing is known to work' },
  ],
  schema: picklist(KINDS, 'is not one of rest, python, all, off'),
  conflict: (value, { scenario }) =>
    (value === 'rest' || value === 'all') && (scenario === 1 || scenario === 2)
      ? `needs a server, and scenario ${scenario} has none; take python`
      : undefined,
  default: ({ scenario }) => ({ value: scenario === 1 || scenario === 2 ? 'python' : 'rest' }),
  defaultInWords: 'rest; python in scenarios 1 and 2',
})
