import { expect, test } from 'vitest'
import { parsePipConf } from '../../../src/formats/pip-conf.ts'
import { parseRequirement } from '../../../src/formats/requirement.ts'

test('sections, further lines, comments and both spellings of a key are read as pip reads them', () => {
  const text = [
    '# a comment',
    '[global]',
    'index-url = https://user:p%40ss@packages.corp.example/simple',
    'extra_index_url =',
    '    https://one.example/simple',
    '    ; not this line',
    '    https://two.example/simple',
    'timeout: 60',
    '',
    '[install]',
    'Find-Links=/srv/wheels',
  ].join('\r\n')
  expect(Object.fromEntries(parsePipConf(text))).toEqual({
    'global.index-url': 'https://user:p%40ss@packages.corp.example/simple',
    'global.extra-index-url': 'https://one.example/simple\nhttps://two.example/simple',
    'global.timeout': '60',
    'install.find-links': '/srv/wheels',
  })
})

test.each([
  ['mlflow==3.17.2', { name: 'mlflow', exact: '3.17.2', simple: true }],
  ['Psycopg2_Binary', { name: 'psycopg2-binary', exact: undefined, simple: true }],
  ['mlflow[auth]==3.17.2', { name: 'mlflow', exact: '3.17.2', simple: false }],
  ['boto3>=1,<2', { name: 'boto3', exact: undefined, simple: false }],
  ['colorama; sys_platform == "win32"', { name: 'colorama', exact: undefined, simple: false }],
])('requirement %s', (line, expected) => {
  expect(parseRequirement(line)).toEqual({ line, ...expected })
})
