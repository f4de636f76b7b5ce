import { err, ok, type Problem, type Result } from '@rumi/kernel/base'
import { documentNameSchema } from '../base/index.ts'
import { setConfigValue } from './edit-config.ts'
import { configPath } from './config-source.ts'
import { hashText, shippedFiles } from './shipped.ts'

/** Modes that have a meaning of their own. */
const builtInModes: ReadonlyMap<string, string | undefined> = new Map([
  ['developer', 'skills/kairos.md'],
  ['user', 'skills/kairos_quickguide.md'],
  ['tutorial', 'skills/kairos_tutorial.md'],
  ['none', undefined],
])

const limits = { textBytes: 256 * 1024, reasonCharacters: 4000 } as const

/** Where the instructions of a mode are; undefined for `none`, and for a name that is no name. */
export function findInstructionsPath(mode: string): string | undefined {
  if (builtInModes.has(mode)) return builtInModes.get(mode)
  return documentNameSchema.safeParse(mode).success ? `skills/${mode}.md` : undefined
}

/** What somebody wants to do with the instructions that agents get at the start. */
export type InstructionsWish = { readonly mode: string; readonly reason: string } & (
  | { readonly command: 'create' | 'update'; readonly content: string }
  | { readonly command: 'delete' }
  | { readonly command: 'set_mode' }
)

/** What the rules look at. */
export interface InstructionsSituation {
  readonly wish: InstructionsWish
  /** The mode that is active now. */
  readonly activeMode: string
  /** Texts of the files of `skills/` that end with `.md`, by path. */
  readonly present: ReadonlyMap<string, string>
  /** The text of `skills/config.yml`; undefined: there is none. */
  readonly configText: string | undefined
}

/** What is to be written once the operator agreed; `unchanged`: it is so already. */
export type InstructionsPlan =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'write'
      readonly path: string
      /** Undefined: there was no file. */
      readonly before: string | undefined
      /** Undefined: the file goes. */
      readonly after: string | undefined
    }

/**
 * Plans a change of the instructions. Instructions count as L0: the plan changes nothing, and is carried out only with
 * the operator's approval. Refusals: `instructions.reason` (none given), `.name` (no name of a mode), `.reserved` (it is
 * delivered with the system), `.exists`, `.missing`, `.active` (the mode in use cannot be deleted), `.content` (empty or
 * too large), `.config` (the settings cannot be edited safely).
 */
export function planInstructions(situation: InstructionsSituation): Result<InstructionsPlan, Problem> {
  const { wish } = situation
  const reason = wish.reason.trim()
  if (reason === '' || reason.length > limits.reasonCharacters)
    return refuse('reason', 400, `A reason of at most ${limits.reasonCharacters} characters is needed.`)
  if (!documentNameSchema.safeParse(wish.mode).success)
    return refuse('name', 400, 'A mode is a letter or digit and up to 63 letters, digits, ".", "_" and "-".')
  if (wish.command === 'set_mode') return planMode(situation)
  if (isDelivered(wish.mode)) return refuse('reserved', 403, `"${wish.mode}" is delivered with the system.`)
  if (wish.command === 'delete') return planRemoval(situation)
  return planContent(situation, { command: wish.command, content: wish.content })
}

function planMode({ wish, activeMode, present, configText }: InstructionsSituation): Result<InstructionsPlan, Problem> {
  if (wish.mode === activeMode) return ok({ kind: 'unchanged' })
  const path = findInstructionsPath(wish.mode)
  if (path !== undefined && !present.has(path))
    return refuse('missing', 404, `There are no instructions for the mode "${wish.mode}".`, `Create ${path} first.`)
  const edited = setConfigValue(configText ?? '', ['instructions_mode'], wish.mode)
  if (!edited.ok) {
    const detail = edited.error.map(({ message }) => message).join('; ')
    return refuse('config', 409, `${configPath} cannot be edited: ${detail}`, 'Correct it by hand.')
  }
  return ok({ kind: 'write', path: configPath, before: configText, after: edited.value })
}

function planRemoval({ wish, activeMode, present }: InstructionsSituation): Result<InstructionsPlan, Problem> {
  const path = `skills/${wish.mode}.md`
  const before = present.get(path)
  if (before === undefined) return refuse('missing', 404, `There is no mode "${wish.mode}".`)
  if (isSameName(wish.mode, activeMode))
    return refuse('active', 409, `The mode "${wish.mode}" is in use.`, 'Set another mode first.')
  return ok({ kind: 'write', path, before, after: undefined })
}

function planContent(
  { wish, present }: InstructionsSituation,
  { command, content }: { readonly command: 'create' | 'update'; readonly content: string },
): Result<InstructionsPlan, Problem> {
  const path = `skills/${wish.mode}.md`
  const before = present.get(path)
  const isTaken = [...present.keys()].some((other) => isSameName(other, path))
  if (command === 'create' && isTaken) return refuse('exists', 409, `The mode "${wish.mode}" exists.`, 'Update it.')
  if (command === 'update' && before === undefined) return refuse('missing', 404, `There is no mode "${wish.mode}".`)
  if (content.trim() === '' || Buffer.byteLength(content) > limits.textBytes)
    return refuse('content', 400, `Instructions are a text of at most ${limits.textBytes} bytes.`)
  const isSame = before !== undefined && hashText(before) === hashText(content)
  return ok(isSame ? { kind: 'unchanged' } : { kind: 'write', path, before, after: content })
}

/** `KAIROS.md` is `kairos.md` on some disks: whoever may write one must not reach the other. */
function isDelivered(mode: string): boolean {
  const delivered = [...builtInModes.keys(), ...[...shippedFiles.keys()].flatMap((path) => findModeOf(path))]
  return delivered.some((name) => isSameName(name, mode))
}

function findModeOf(path: string): readonly string[] {
  return path.startsWith('skills/') && path.endsWith('.md') ? [path.slice('skills/'.length, -'.md'.length)] : []
}

function isSameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

function refuse(
  reason: string,
  status: number,
  ...[message, hint]: readonly [message: string, hint?: string]
): { readonly ok: false; readonly error: Problem } {
  const problem = { code: `instructions.${reason}`, status, message }
  return err(hint === undefined ? problem : { ...problem, hint })
}
