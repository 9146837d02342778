// In: the text of an answers file. Out: its answers by key, and the line of each.
import { UserError } from '../errors.ts'
import { parseYaml } from '../formats/yaml-document.ts'
import type { AnswerSources } from './resolve.ts'

/** Reads an answers file (YAML or JSON). `file` is the name for messages. Throws UserError `yaml.broken` or `answers-file.shape`. */
export function parseAnswersFile(text: string, file: string): NonNullable<AnswerSources['file']> {
  const yaml = parseYaml(text, file)
  const value = yaml.value ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UserError('answers-file.shape', `${file} holds no answers.`, {
      because: 'It must be a list of keys with their values.',
      hint: { text: 'Write lines such as: scenario: 3' },
    })
  }
  const where = (key: string) => `${file}:${yaml.positionOfKey([key]).line}`
  const answers = Object.fromEntries(Object.entries(value))
  const nested = Object.keys(answers).find((key) => typeof answers[key] === 'object' && answers[key] !== null)
  if (nested !== undefined) {
    throw new UserError('answers-file.shape', `${where(nested)}: ${nested} must be one value, not a list or a block.`, {
      hint: { text: `Write it on one line, such as: ${nested}: value` },
    })
  }
  return { answers, where }
}
