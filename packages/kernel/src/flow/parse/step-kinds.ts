import { flowIdSchema, packIdSchema, type JsonValue, type PackId } from '../../base/index.ts'
import {
  contextKeySchema,
  type BlockStep,
  type FlowSource,
  type FlowStep,
  type HandlerStep,
  type SetStep,
  type StepCommon,
} from '../definition.ts'
import { findMember, readMap, readText, reportUnknownKeys, requireText, type Fields } from './fields.ts'
import { quote } from './report.ts'
import { toJson } from './source-node.ts'

/** The part of a step that its type adds. */
type Own<T extends StepCommon> = Omit<T, keyof StepCommon>

const defaultTimeoutSeconds = 60
const maxTimeoutSeconds = 600

/** Reads what a `block` (`python_file_call`) step adds. */
export function readBlock(fields: Fields, source: FlowSource): Own<BlockStep> | undefined {
  const ownerPack = readOwnerPack(fields, source)
  const file = readFile(fields)
  const timeoutSeconds = readTimeout(fields)
  const input = readTemplate(fields, 'input')
  const principal = fields.map.members.get('principal_id')
  if (principal !== undefined) {
    // Attack: a block that acts in another pack's name. The principal is never taken from a file.
    const message = `${fields.owner}: principal_id is ignored; the principal is the pack that owns the block`
    fields.report.warning(principal, { code: 'flow.principal_ignored', message, hint: 'Remove "principal_id".' })
  }
  if (ownerPack === undefined || file === undefined || timeoutSeconds === undefined) return undefined
  const written = principal?.value.kind === 'scalar' ? principal.value.written.slice(0, 200) : undefined
  const claimed = written === ownerPack ? undefined : written
  return {
    type: 'block',
    ownerPack,
    file,
    timeoutSeconds,
    ...(input !== undefined && { input }),
    ...(claimed !== undefined && { claimedPrincipal: claimed }),
  }
}

function readOwnerPack(fields: Fields, source: FlowSource): PackId | undefined {
  const field = readText(fields, 'owner_pack')
  if (field === undefined) {
    if (findMember(fields.map, 'owner_pack') !== undefined) return undefined // not a text: reported
    if (source.kind === 'pack') return source.packId
    const message = `${fields.owner}: "owner_pack" is required in a flow that does not belong to a pack`
    fields.report.error(fields.map, { code: 'flow.owner_pack', message, hint: 'Name the pack that holds the file.' })
    return undefined
  }
  const parsed = packIdSchema.safeParse(field.text)
  if (parsed.success) return parsed.data
  const message = `${fields.owner}: ${quote(field.text)} is not a pack id`
  fields.report.error(field, { code: 'flow.owner_pack', message, hint: 'Use 1–64 of a–z, A–Z, 0–9, "_" and "-".' })
  return undefined
}

/** The path is resolved inside of the pack later; what could leave it is refused here already. */
function readFile(fields: Fields): string | undefined {
  const field = requireText(fields, 'file')
  if (field === undefined) return undefined
  const { text } = field
  const isSafe = text.length <= 256 && !/[\u0000-\u001f\u007f\\:]/.test(text) && text.isWellFormed()
  if (isSafe && text.split('/').every((part) => part !== '' && part !== '.' && part !== '..')) return text
  const message = `${fields.owner}: "file" must be a relative path inside of the pack, not ${quote(text)}`
  fields.report.error(field, { code: 'flow.block_file', message, hint: 'For example blocks/hello.py.' })
  return undefined
}

function readTimeout(fields: Fields): number | undefined {
  const value = findMember(fields.map, 'timeout_seconds')?.value
  if (value === undefined) return defaultTimeoutSeconds
  const seconds = value.kind === 'scalar' && typeof value.value === 'number' ? value.value : Number.NaN
  if (seconds > 0 && seconds <= maxTimeoutSeconds) return seconds
  if (seconds > maxTimeoutSeconds) {
    const message = `${fields.owner}: "timeout_seconds" is lowered to the maximum of ${maxTimeoutSeconds}`
    fields.report.warning(value, { code: 'flow.timeout', message })
    return maxTimeoutSeconds
  }
  const message = `${fields.owner}: "timeout_seconds" must be a number greater than 0, at most ${maxTimeoutSeconds}`
  fields.report.error(value, { code: 'flow.timeout', message })
  return undefined
}

/** Reads what a `handler` step adds. */
export function readHandler(fields: Fields): Own<HandlerStep> | undefined {
  const input = requireInput(fields, ['handler', 'args'])
  const field = input && requireText(input, 'handler')
  if (input === undefined || field === undefined) return undefined
  const args = readTemplate(input, 'args')
  if (/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/.test(field.text)) {
    return { type: 'handler', handler: field.text, ...(args !== undefined && { args }) }
  }
  const message = `${fields.owner}: ${quote(field.text)} is not the name of a handler`
  fields.report.error(field, { code: 'flow.handler', message, hint: 'It looks like kernel:ctx.get.' })
  return undefined
}

/** Reads what a `set` step adds. */
export function readSet(fields: Fields): Own<SetStep> | undefined {
  const input = requireInput(fields, ['key', 'value'])
  if (input === undefined) return undefined
  const value = input.map.members.get('value')
  if (value === undefined) {
    input.report.error(input.map, { code: 'flow.required', message: `${fields.owner}: "input.value" is required` })
  }
  const field = requireText(input, 'key')
  if (field === undefined) return undefined
  if (!contextKeySchema.safeParse(field.text).success) {
    const computed = field.text.includes('$') ? ' A key cannot be computed.' : ''
    fields.report.error(field, {
      code: 'flow.set_key',
      message: `${fields.owner}: ${quote(field.text)} cannot be the key of "set"`,
      hint: `Use a letter or "_", then up to 127 of a–z, A–Z, 0–9, "_.-"; "__proto__" is reserved.${computed}`,
    })
    return undefined
  }
  return value && { type: 'set', key: field.text, value: toJson(value.value) }
}

/** Reads what a `flow` step adds. */
export function readFlowCall(fields: Fields): Own<FlowStep> | undefined {
  const args = readTemplate(fields, 'args') ?? readTemplate(fields, 'input')
  if (findMember(fields.map, 'args') && findMember(fields.map, 'input')) {
    const message = `${fields.owner}: "input" is ignored because "args" is given`
    fields.report.warning(fields.map.members.get('input'), { code: 'flow.args', message })
  }
  const field = requireText(fields, 'flow')
  if (field === undefined) return undefined
  const parsed = flowIdSchema.safeParse(field.text)
  if (parsed.success) return { type: 'flow', flow: parsed.data, ...(args !== undefined && { args }) }
  const message = `${fields.owner}: ${quote(field.text)} is not a flow id`
  fields.report.error(field, { code: 'flow.id', message, hint: 'Use 1–128 of a–z, A–Z, 0–9, "_", "." and "-".' })
  return undefined
}

function requireInput(fields: Fields, known: readonly string[]): Fields | undefined {
  const input = readMap(fields, 'input')
  if (input === undefined) {
    if (findMember(fields.map, 'input') === undefined) {
      const message = `${fields.owner}: "input" with ${known.map((key) => `"${key}"`).join(' and ')} is required`
      fields.report.error(fields.map, { code: 'flow.required', message })
    }
    return undefined
  }
  const nested: Fields = { map: input, report: fields.report, owner: `${fields.owner}: input` }
  reportUnknownKeys(nested, known)
  return nested
}

/** A value given as null is a value; only an absent key is `undefined`. */
function readTemplate(fields: Fields, key: string): JsonValue | undefined {
  const member = fields.map.members.get(key)
  return member && toJson(member.value)
}
