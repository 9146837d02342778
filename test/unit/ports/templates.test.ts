import { describe, expect, it } from 'vitest'
import { makeTemplates } from '../../../src/ports/templates.ts'

describe('makeTemplates', () => {
  it('reads a template of this package', async () => {
    expect(await makeTemplates().read('native/server.env.hbs')).toContain('MLFLOW_')
  })

  it('fails for a template that there is not', async () => {
    await expect(makeTemplates().read('native/none.hbs')).rejects.toThrow('ENOENT')
  })
})
