import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../../src/answers/pinned-version.ts'
import { TESTED_VERSIONS } from '../../../src/targets/compose/requirements.ts'

describe('the packages of the image', () => {
  it.each(Object.entries(TESTED_VERSIONS))('%s has the version that native stacks have', async (name, version) => {
    const path = new URL(`../../../templates/native/constraints-${PINNED_MLFLOW_VERSION}.txt`, import.meta.url)
    const lines = (await readFile(path, 'utf8')).split('\n')
    expect(lines).toContain(`${name.toLowerCase()}==${version}`)
  })
})
