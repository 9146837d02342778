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
    hint: 'clients need the address and a password',
    foot: 'scenario 5, no keys for clients',
  },
  {
    value: '4',
    label: 'My team, files to the bucket',
    hint: 'fast for big files; every client needs keys',
    foot: 'scenario 4, clients go to the bucket',
  },
  {
    value: '6',
    label: 'My team, a server for files',
    hint: 'tracking and files apart',
    foot: 'scenario 6, two servers, one address',
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
