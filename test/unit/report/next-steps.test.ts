import { expect, it } from 'vitest'
import { formatNextSteps } from '../../../src/report/next-steps.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'

const facts = {
  scenario: 5,
  directory: '/home/ada/mlflow',
  variables: [],
  venv: undefined,
  again: ['npx', 'mlflow-setup'],
  next: [],
} as const
const wordsOf = (more: Partial<Parameters<typeof formatNextSteps>[0]>) =>
  formatNextSteps({ ...facts, address: 'http://127.0.0.1:5000', ...more }, makeStyle(makeFakeTerminal(), undefined))
    .join(' ')
    .replaceAll(/\s+/g, ' ')

it('says that a team cannot reach a server without nginx, and what would help', () => {
  expect(wordsOf({ onlyHere: true })).toContain('Where nginx is installed: mlflow-setup --public-url https://NAME')
  expect(wordsOf({})).not.toContain('Others')
})

it('asks the proxy of the user for a password only where the server asks for none', () => {
  const behindProxy = 'http://127.0.0.1:5001'
  expect(wordsOf({ behindProxy })).toContain('keeps the Host header, and asks for the password: the server has none.')
  expect(wordsOf({ behindProxy, user: 'admin' })).toContain('keeps the Host header. Log in')
})
