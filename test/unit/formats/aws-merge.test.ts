import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf, removeBlocks } from '../../../src/formats/aws-block.ts'
import { parseAwsIni } from '../../../src/formats/aws-ini.ts'
import { mergeSection, type AwsMergeWish } from '../../../src/formats/aws-merge.ts'
import { findProfile, profileHeader } from '../../../src/formats/aws-profile.ts'

const OWNER = '/home/ada/mlflow'
const BODY = `region = eu-north-1
# Where it is.
endpoint_url = https://s3.example.com
s3 =
  addressing_style = path
  # Parts.
  multipart_threshold = 50MB
`
const wish = (changes: Partial<AwsMergeWish> & { readonly profile?: string } = {}): AwsMergeWish => {
  const { profile = 'mlflow' } = changes
  return {
    owner: OWNER,
    find: (ini) => findProfile(ini, profile),
    header: profileHeader(profile),
    body: BODY,
    agreeing: '',
    unwanted: [],
    madeFile: false,
    replace: false,
    ...changes,
  }
}
const remove = (text: string) => removeBlocks(text, OWNER, () => 'any')
const profileIn = (text: string, profile = 'mlflow') => {
  const section = findProfile(parseAwsIni(text), profile)
  return Object.fromEntries(
    section?.options.map(({ key, value, nested }) => [
      key,
      nested === undefined ? value : Object.fromEntries(nested.map((one) => [one.key, one.value])),
    ]) ?? [],
  )
}
const WRITTEN = {
  region: 'eu-north-1',
  endpoint_url: 'https://s3.example.com',
  s3: { addressing_style: 'path', multipart_threshold: '50MB' },
}

/** Files that people have: each reads well and leaves room for the profile. */
const FILES = {
  nothing: '',
  'another profile': '[default]\nregion = us-east-1\n',
  'no final newline': '[default]\nregion = us-east-1',
  'carriage returns': '[default]\r\nregion = us-east-1\r\n',
  'carriage returns without a final one': '# mine\r\n\r\n[default]\r\nregion = us-east-1',
  'blank lines at the end': '[default]\nregion = us-east-1\n\n\n',
  'only comments': '# mine\n; also mine\n',
  'an empty profile': '[profile mlflow]\n',
  'an empty profile in quotes, without newline': '[profile "mlflow"]',
  'the profile between others': '[a]\nb = c\n\n[profile mlflow]\noutput = json\n\n# of x\n[profile x]\nregion = b\n',
  'the same values': '[profile mlflow]\nREGION: eu-north-1\n',
  'a block of the user': '[profile mlflow]\ns3 =\n    payload_signing_enabled = true\n\noutput = json\n',
  'a block at the end, without newline': '[profile mlflow]\ns3 =\n\tpayload_signing_enabled = true',
  'an empty block': '[profile mlflow]\ns3 =\nregion = eu-north-1\n',
  'odd indents': '  [profile mlflow]\n    output = json\n  cli_pager =\n  [profile x]\n  region = b\n',
  tabs: '\t[profile mlflow]\n\toutput\t=\tjson\n\t[profile x]\n',
  'the old plugin':
    '[plugins]\nendpoint = awscli_plugin_endpoint\n\n[profile mlflow]\ns3 =\n  endpoint_url = https://old\ns3api =\n  endpoint_url = https://old\n',
}

describe('a profile in a file of the user', () => {
  it.each(Object.entries(FILES))('comes into %s, and goes without a trace', (_name, before) => {
    const { text, conflicts } = mergeSection(before, wish())
    expect(conflicts).toEqual([])
    expect(parseAwsIni(text).faults).toEqual([])
    expect(profileIn(text)).toMatchObject(WRITTEN)
    expect(remove(text)).toBe(before)
    expect(mergeSection(text, wish()).text).toBe(text)
  })

  it.each(Object.entries(FILES))('leaves every line of %s where it was', (_name, before) => {
    const { text } = mergeSection(before, wish())
    const after = text.split(/\r?\n/)
    let at = 0
    for (const line of before.split(/\r?\n/)) {
      at = after.indexOf(line, at) + 1
      expect(at, line).toBeGreaterThan(0)
    }
    expect(before.includes('\r\n') && text.replaceAll('\r\n', '').includes('\n')).toBe(false)
  })

  it('changes with the stack while its lines are ours', () => {
    const { text } = mergeSection(FILES['the profile between others'], wish())
    const moved = mergeSection(text, wish({ body: 'region = eu-west-1\n' }))
    expect(moved.conflicts).toEqual([])
    expect(profileIn(moved.text)).toEqual({ output: 'json', region: 'eu-west-1' })
    expect(remove(moved.text)).toBe(FILES['the profile between others'])
  })

  it('keeps lines that were added to it afterwards', () => {
    const added = `${mergeSection('', wish()).text}output = json\n`
    expect(mergeSection(added, wish())).toEqual({ text: added, conflicts: [] })
    expect(remove(added)).toBe('[profile mlflow]\noutput = json\n')
    const moved = mergeSection(added, wish({ body: 'region = eu-west-1\n' })).text
    expect(profileIn(moved)).toEqual({ region: 'eu-west-1', output: 'json' })
  })

  it('stays as it is when AWS CLI adds a line in its midst, but does not change over it', () => {
    const { text } = mergeSection('', wish())
    const added = text.replace('50MB\n', '50MB\n    use_dualstack_endpoint = false\n')
    expect(mergeSection(added, wish())).toEqual({ text: added, conflicts: [] })
    expect(mergeSection(added, wish({ body: BODY.replace('50MB', '8MB') })).conflicts).toEqual([
      { line: 9, key: 's3.multipart_threshold', found: '50MB', wanted: '8MB' },
      { line: 10, key: 's3.use_dualstack_endpoint', found: 'false', wanted: undefined },
    ])
  })

  it('is one of several, each with its own lines', () => {
    const one = mergeSection('', wish()).text
    const two = mergeSection(one, wish({ profile: 'default', owner: '/srv/other' })).text
    expect(remove(two)).toBe(`\n${mergeSection('', wish({ profile: 'default', owner: '/srv/other' })).text}`)
    expect(removeBlocks(two, '/srv/other', () => 'any')).toBe(one)
  })
})

describe('options of the user that are in the way', () => {
  const before = '[profile mlflow]\noutput = json\nregion = us-east-1\ns3 =\n  addressing_style = virtual\n  a = b\n'

  it('are named with line, old and new value, and nothing changes', () => {
    expect(mergeSection(before, wish())).toEqual({
      text: before,
      conflicts: [
        { line: 3, key: 'region', found: 'us-east-1', wanted: 'eu-north-1' },
        { line: 5, key: 's3.addressing_style', found: 'virtual', wanted: 'path' },
      ],
    })
  })

  it('give way when the user says so, and come back', () => {
    const { text, conflicts } = mergeSection(before, wish({ replace: true }))
    expect(conflicts).toEqual([])
    expect(parseAwsIni(text).faults).toEqual([])
    expect(profileIn(text)).toEqual({ output: 'json', ...WRITTEN, s3: { ...WRITTEN.s3, a: 'b' } })
    expect(mergeSection(text, wish())).toEqual({ text, conflicts: [] })
    expect(mergeSection(text, wish({ body: 'region = eu-west-1\n' })).conflicts).toEqual([])
    expect(remove(text)).toBe(before)
  })

  it('are never shown when they are secrets', () => {
    const credentials = '[mlflow]\naws_secret_access_key = old-secret\n'
    const { conflicts } = mergeSection(
      credentials,
      wish({ find: (ini) => ini.sections[0], body: 'aws_secret_access_key = new-secret\n' }),
    )
    expect(conflicts).toEqual([{ line: 2, key: 'aws_secret_access_key', found: '[redacted]', wanted: '[redacted]' }])
  })

  it.each([
    ['that must not be there', { unwanted: ['role_arn'] }, undefined],
    ['that another file has otherwise', { agreeing: 'role_arn = arn:b\n' }, 'arn:b'],
  ])('are those %s', (_what, changes, wanted) => {
    const text = '[profile mlflow]\nrole_arn = arn:a\n'
    expect(mergeSection(text, wish(changes)).conflicts).toEqual([{ line: 2, key: 'role_arn', found: 'arn:a', wanted }])
    const replaced = mergeSection(text, wish({ ...changes, replace: true })).text
    expect(profileIn(replaced)).toEqual(WRITTEN)
    expect(remove(replaced)).toBe(text)
  })

  it('are also lines of ours that were edited', () => {
    const edited = mergeSection('', wish()).text.replace('region = eu-north-1', 'region = eu-west-1\noutput = json')
    expect(mergeSection(edited, wish()).conflicts).toEqual([
      { line: 3, key: 'region', found: 'eu-west-1', wanted: 'eu-north-1' },
      { line: 4, key: 'output', found: 'json', wanted: undefined },
    ])
    expect(blocksOf(parseAwsIni(edited), OWNER, 'any')).toMatchObject([{ edited: true, first: 0 }])
    expect(profileIn(mergeSection(edited, wish({ replace: true })).text)).toEqual(WRITTEN)
  })
})

describe('whatever the file', () => {
  const blank = fc.constantFrom('', ' ', '  ', '\t')
  const word = fc.stringMatching(/^[a-z_#;=: "'[\]%$.-]{0,12}$/)
  const line = fc.oneof(
    fc
      .tuple(
        blank,
        fc.constantFrom('region', 's3', 'output', 'a', 'endpoint_url'),
        fc.constantFrom('=', ' = ', ':'),
        word,
      )
      .map((parts) => parts.join('')),
    fc
      .tuple(blank, fc.constantFrom('[default]', '[profile mlflow]', '[profile x]', '[x y]', '[a] # b'))
      .map((parts) => parts.join('')),
    fc
      .tuple(blank, fc.constantFrom('# c', '; d', '', 'region = eu-north-1', 'addressing_style = path'))
      .map((parts) => parts.join('')),
  )
  const file = fc
    .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([lines, end, open]) => lines.join(end) + (open || lines.length === 0 ? '' : end))
    .filter((text) => parseAwsIni(text).faults.length === 0)
  const profile = fc.constantFrom('mlflow', 'default', 'new')

  it('what was written can be read, stays, and goes without a trace', () => {
    fc.assert(
      fc.property(file, profile, fc.boolean(), (before, name, replace) => {
        const { text, conflicts } = mergeSection(before, wish({ profile: name, replace }))
        fc.pre(conflicts.length === 0)
        expect(parseAwsIni(text).faults).toEqual([])
        expect(profileIn(text, name)).toMatchObject(WRITTEN)
        expect(mergeSection(text, wish({ profile: name })).text).toBe(text)
        expect(remove(text)).toBe(before)
        const others = (ini: ReturnType<typeof parseAwsIni>) =>
          ini.sections
            .filter((section) => section !== findProfile(ini, name))
            .map(({ name: section, options }) => [section, options.map(({ key, value }) => [key, value.trimEnd()])])
        expect(others(parseAwsIni(text))).toEqual(others(parseAwsIni(before)))
      }),
      { numRuns: 300 },
    )
  })
})
