// In: nothing. Out: the first question. Apart from the catalogue, because it stands on the screen before anything else is loaded.
import type { AnsweredScenario } from './answers.ts'
import type { Option } from './question.ts'

export const FIRST_QUESTION = 'Who will use this MLflow?'

/** The choices of the first question: they depend on nothing. */
export const SCENARIOS: readonly (Option & { readonly value: `${AnsweredScenario}` })[] = [
  {
    value: '3',
    label: 'Just me, on this machine',
    hint: 'a server on localhost, SQLite, local files',
    foot: 'scenario 3, on localhost only',
  },
  {
    value: '5',
    label: 'My team, files via the server',
    hint: 'clients need the address, nothing else',
    foot: 'scenario 5, no keys for clients',
  },
  {
    value: '2',
    label: 'Only my scripts, no server',
    hint: 'runs in a SQLite file',
    foot: 'scenario 2, nothing to start',
  },
  {
    value: '1',
    label: 'Only my scripts, plain files',
    hint: 'MLflow is retiring this one',
    foot: 'scenario 1, nothing to start',
  },
]
