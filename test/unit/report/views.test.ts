import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { formatError } from '../../../src/report/error-view.ts'
import { visibleWidth } from '../../../src/report/layout.ts'
import { formatMachineFound, formatMachineSize } from '../../../src/report/machine-view.ts'
import { formatNextSteps } from '../../../src/report/next-steps.ts'
import { formatPicture } from '../../../src/report/picture.ts'
import { formatPlan } from '../../../src/report/plan-view.ts'
import { formatProof } from '../../../src/report/proof-view.ts'
import { formatStatus } from '../../../src/report/status-view.ts'
import { makeStyle, type Style } from '../../../src/report/style.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'
import * as example from './examples.ts'

const views: Readonly<Record<string, (style: Style) => string[]>> = {
  machine: (style) => [
    ...formatMachineSize(example.machine, 80e9, style),
    ...formatMachineFound(example.machine, style),
    '',
    ...formatMachineSize(example.bareMachine, 4e9, style),
    ...formatMachineFound(example.bareMachine, style),
  ],
  pictures: (style) => example.pictures.flatMap((facts) => [`${facts.scenario}`, ...formatPicture(facts, style), '']),
  plan: (style) => [
    ...formatPlan(example.freshPlan, style),
    '',
    ...formatPlan(example.emptyPlan, style),
    '',
    ...formatPlan(example.conflictPlan, style),
    '',
    ...formatPlan(example.conflictPlan, style, { verbose: true }),
    '',
    ...formatPlan(example.newContainersPlan, style),
    '',
    ...formatPlan(example.changedContainersPlan, style),
  ],
  proof: (style) => [
    ...formatProof(example.passedSteps, example.proofFacts, style),
    '',
    ...formatProof(
      [...example.passedSteps.map((step) => ({ ...step, transport: 'rest' }) as const), ...example.failedSteps],
      { ...example.proofFacts, transports: ['rest', 'python'] },
      style,
    ),
  ],
  errors: (style) =>
    Object.entries(example.errors).flatMap(([name, error]) => {
      const done = name === 'external' ? ['virtual environment', 'MLflow 3.17.2 and its packages'] : []
      return [`(${name})`, ...formatError(error, style, { debug: false, done }), '']
    }),
  status: (style) => [
    ...formatStatus(example.healthyStatus, example.NOW, style),
    '',
    ...formatStatus(example.sickStatus, example.NOW, style),
    '',
    ...formatStatus(example.teamStatus, example.NOW, style),
    '',
    ...formatStatus(example.brokenTeamStatus, example.NOW, style),
    '',
    ...formatStatus(example.containersStatus, example.NOW, style),
    '',
    ...formatStatus(example.sickContainersStatus, example.NOW, style),
  ],
  'next-steps': (style) =>
    [example.localNext, example.scriptsNext, example.teamNext, example.containersNext].flatMap((facts) => [
      ...formatNextSteps(facts, style),
      '',
    ]),
}

const terminals = {
  '80-columns': makeFakeTerminal(),
  '60-columns': makeFakeTerminal({ columns: 60 }),
  ascii: makeFakeTerminal({ unicode: false }),
}

describe('views', () => {
  for (const [name, view] of Object.entries(views)) {
    for (const [kind, terminal] of Object.entries(terminals)) {
      it(`${name}, ${kind}`, async () => {
        const lines = view(makeStyle(terminal, example.HOME))
        await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../snapshots/report/${name}.${kind}.txt`)
      })

      it(`${name}, ${kind}: fits, apart from what is there to be copied`, () => {
        const lines = view(makeStyle(terminal, example.HOME))
        const copied = /mlflow-setup |export |https?:|\/|sudo |--[a-z]/
        expect(lines.filter((line) => visibleWidth(line) > terminal.columns && !copied.test(line))).toEqual([])
        expect(lines.filter((line) => line.endsWith(' '))).toEqual([])
      })
    }

    it(`${name}: ASCII holds nothing but ASCII`, () => {
      expect(view(makeStyle(terminals.ascii, example.HOME)).join('\n')).toMatch(/^[\n -~]*$/)
    })

    it(`${name}: colour changes no word`, () => {
      const coloured = view(makeStyle(makeFakeTerminal({ colour: true }), example.HOME)).join('\n')
      expect(coloured).toContain('\u001b[')
      expect(stripVTControlCharacters(coloured)).toBe(view(makeStyle(terminals['80-columns'], example.HOME)).join('\n'))
    })

    it(`${name}: one voice`, () => {
      const text = view(makeStyle(terminals['80-columns'], example.HOME)).join('\n')
      // The only exclamation mark is the mark of a conflict.
      expect(text.replaceAll(/^\s*! conflict/gm, '')).not.toContain('!')
      expect(text).not.toContain(`${example.HOME}/mlflow/`)
    })
  }
})
