import { describe, expect, it } from 'vitest'
import { renderUnitName, renderUnitPath, renderUnitValue, renderUnitWord } from '../../../src/formats/systemd-unit.ts'

const PATH = `/srv/odd 'one' "two" #3 %n $HOME \\t ü`

describe('values of a systemd unit', () => {
  it('writes the rest of a line as it stands, but for specifiers', () => {
    expect(renderUnitValue(PATH)).toBe(`/srv/odd 'one' "two" #3 %%n $HOME \\t ü`)
  })

  it('writes a word of a command in double quotes', () => {
    expect(renderUnitWord(PATH)).toBe(`"/srv/odd 'one' \\"two\\" #3 %%n $HOME \\\\t ü"`)
    expect(renderUnitWord('')).toBe('""')
  })

  it('writes a path of a list, each quote in the other kind', () => {
    expect(renderUnitPath('/srv/a b')).toBe('"/srv/a b"')
    expect(renderUnitPath(PATH)).toBe(`"/srv/odd 'one' "'"'"two"'"'" #3 %%n $HOME \\t ü"`)
  })

  it('takes letters out of a name that a unit may not have', () => {
    expect(renderUnitName('mlflow-setup-my stack/ü@1.service')).toBe('mlflow-setup-my-stack---1.service')
  })

  it.each(['/ends\\', '/ends ', '/two\nlines'])('refuses %j', (value) => {
    expect(() => renderUnitValue(value)).toThrow(expect.objectContaining({ code: 'unit.not-a-line' }))
  })
})
