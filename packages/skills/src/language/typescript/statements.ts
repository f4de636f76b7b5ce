import { findNearestWord } from '../nearest.ts'
import { constructors } from './calls.ts'
import { isWrittenPlainly } from './members.ts'
import { shorten, type ValueNode } from './nodes.ts'
import type { Source } from './source.ts'
import type { Program, Statement } from './syntax.ts'

type Import = Extract<Statement, { readonly type: 'ImportDeclaration' }>

const MODULE = '@rumi/skills'
const ALLOWED = `\`import { skill, … } from '${MODULE}'\` and \`export default skill('id', { … })\``

/** Finds what a source exports by default; every statement that is no part of the form is reported. */
export function findExport(source: Source, program: Program): ValueNode | undefined {
  let exported: ValueNode | undefined
  const refuse = (at: { readonly start?: number | null }, message: string): void =>
    source.report(at, { code: 'skill.form', message, hint: `Only ${ALLOWED} may stand here.` })
  if (program.interpreter) refuse(program.interpreter, 'a "#!" line is not allowed')
  for (const directive of program.directives) refuse(directive, 'a directive is not allowed')
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      checkImport(source, statement)
    } else if (statement.type === 'ExportDefaultDeclaration' && exported !== undefined) {
      const hint = 'One file holds one skill.'
      source.report(statement, { code: 'skill.form', message: 'there is a second "export default"', hint })
    } else if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement
      if (declaration.type === 'FunctionDeclaration' || declaration.type === 'TSDeclareFunction') {
        refuse(declaration, 'a function is not allowed here')
      } else if (declaration.type === 'ClassDeclaration') refuse(declaration, 'a class is not allowed here')
      else exported = declaration
    } else refuse(statement, `${describeStatement(statement)} is not allowed`)
  }
  if (!program.body.some(({ type }) => type === 'ExportDefaultDeclaration')) {
    refuse({ start: source.text.length }, 'there is no "export default"')
  }
  return exported
}

/** The import is for editors; it names constructors and nothing else, under their own names. */
function checkImport(source: Source, statement: Import): void {
  const hint = `Write \`import { skill, … } from '${MODULE}'\`, or leave it out.`
  const refuse = (at: { readonly start?: number | null }, message: string, more = ''): void =>
    source.report(at, { code: 'skill.form', message, hint: more + hint })
  if (statement.source.value !== MODULE) {
    refuse(statement.source, `"${shorten(statement.source.value)}" may not be imported`)
    return
  }
  if (statement.importKind === 'type' || statement.importKind === 'typeof') refuse(statement, 'a type is not imported')
  if (statement.phase || statement.attributes?.length || statement.assertions?.length) {
    refuse(statement, 'an import has no attributes')
  }
  if (statement.specifiers.length === 0) refuse(statement, 'the import names nothing')
  for (const specifier of statement.specifiers) {
    if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier') {
      refuse(specifier, 'an import must name what it imports')
      continue
    }
    const { name } = specifier.imported
    if (!isWrittenPlainly(source, specifier.imported) || specifier.importKind === 'type') {
      refuse(specifier, 'an import must be a plain name')
    } else if (name !== specifier.local.name) {
      refuse(specifier, 'an import keeps its name')
    } else if (!constructors.some((known) => known === name)) {
      const nearest = findNearestWord(name, constructors)
      const more = nearest === undefined ? '' : `Did you mean "${nearest}"? `
      refuse(specifier, `"${shorten(name)}" is no constructor of the language`, more)
    }
  }
}

function describeStatement(statement: Statement): string {
  if (/^Export|^TSExport|^TSNamespaceExport/.test(statement.type)) return 'another export'
  if (statement.type.startsWith('TS')) return 'a type'
  if (statement.type === 'VariableDeclaration') return `a "${statement.kind}" declaration`
  if (statement.type === 'FunctionDeclaration') return 'a function'
  if (statement.type === 'ClassDeclaration') return 'a class'
  return statement.type === 'EmptyStatement' ? 'a lonely ";"' : 'a statement'
}
