// In: the text of a TypeScript file. Out: what the walls are about: its imports, exports, functions and calls.
import { parseSync, visitorKeys } from 'oxc-parser'
import type { Node } from 'oxc-parser'

export interface Import {
  /** As written: `../errors.ts`, `node:path`. */
  readonly from: string
  /** Nothing is left of it at run time. */
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** Below `src/`: `plan/build-plan.ts`. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly defaultExport: boolean
  /** `export … from`: the file hands on what is not its own. */
  readonly handsOn: boolean
  /** Line counts of all functions, with the line where each starts. */
  readonly functions: readonly { readonly line: number; readonly lines: number }[]
  /** Lines with a call of `.reveal()`. */
  readonly reveals: readonly number[]
  /** Lines of statements that run when the file is imported, and of variables that can change. */
  readonly runsOnImport: readonly number[]
  readonly state: readonly number[]
}

/** Throws when the text is not TypeScript. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const nodes = [...walk(program)]
  const top = (types: readonly string[]) => program.body.filter((node) => types.includes(node.type))
  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports: nodes.flatMap(importsOf),
    defaultExport: nodes.some((node) => node.type === 'ExportDefaultDeclaration'),
    handsOn: module.staticExports.some(({ entries }) => entries.some((entry) => entry.moduleRequest !== null)),
    functions: nodes
      .filter((node) => /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type))
      .map(({ start, end }) => ({ line: lineOf(start), lines: lineOf(end) - lineOf(start) + 1 })),
    reveals: nodes.filter(isReveal).map((node) => lineOf(node.start)),
    runsOnImport: top(['ExpressionStatement', 'ForStatement', 'IfStatement', 'TryStatement']).map((node) =>
      lineOf(node.start),
    ),
    state: top(['VariableDeclaration', 'ExportNamedDeclaration'])
      .map((node) => (node.type === 'ExportNamedDeclaration' ? node.declaration : node))
      .filter((node) => node?.type === 'VariableDeclaration' && node.kind !== 'const')
      .map((node) => lineOf(node?.start ?? 0)),
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function* walk(node: Node): Generator<Node> {
  yield node
  for (const key of visitorKeys[node.type] ?? []) {
    const child: unknown = Reflect.get(node, key)
    for (const next of Array.isArray(child) ? child : [child]) if (isNode(next)) yield* walk(next)
  }
}

function importsOf(node: Node): Import[] {
  switch (node.type) {
    case 'ImportDeclaration': {
      const named = node.specifiers.map((one) => one.type === 'ImportSpecifier' && one.importKind === 'type')
      const typeOnly = node.importKind === 'type' || (named.length > 0 && named.every(Boolean))
      return [{ from: node.source.value, typeOnly }]
    }
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source === null ? [] : [{ from: node.source.value, typeOnly: node.exportKind === 'type' }]
    case 'ImportExpression':
      return [{ from: node.source.type === 'Literal' ? String(node.source.value) : '(computed)', typeOnly: false }]
    case 'TSImportType':
      return [{ from: node.source.value, typeOnly: true }]
    default:
      return []
  }
}

function isReveal(node: Node): boolean {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false
  return node.callee.property.type === 'Identifier' && node.callee.property.name === 'reveal'
}
