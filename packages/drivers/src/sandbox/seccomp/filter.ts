import { answer, branch, encodeProgram, load, type Instruction } from './assemble.ts'
import {
  absent,
  absentSyscalls,
  allow,
  allowedSyscalls,
  argumentRules,
  kill,
  refuse,
  type ArgumentRule,
  type SyscallAction,
} from './policy.ts'
import { arm64SyscallTable } from './table-arm64.ts'
import { x64SyscallTable } from './table-x64.ts'
import { getSyscallNumbers, splitNames } from './table.ts'

/** A machine the filter can be built for, named as in `process.arch`; there is no filter, and no sandbox, for others. */
export type SeccompArchitecture = 'x64' | 'arm64'

/** Calls from number `from` up to the next span share one rule. */
type Span = { readonly from: number; readonly rule: SyscallAction | ArgumentRule }

/** `audit` is AUDIT_ARCH_*; `otherAbiFrom` is where the numbers of x32, a second ABI of x86_64, begin. */
const machines = {
  x64: { audit: 0xc000003e, table: x64SyscallTable, otherAbiFrom: 0x40000000 },
  arm64: { audit: 0xc00000b7, table: arm64SyscallTable, otherAbiFrom: undefined },
} as const

const numberOffset = 0
const architectureOffset = 4
const argumentsOffset = 16

/**
 * Builds the seccomp filter every block runs under: an allow-list by call, refusing by EPERM what it knows and by
 * ENOSYS what it does not, and ending a process that calls through another ABI (the rules are in
 * `policy.ts`).
 *
 * @returns Little-endian `struct sock_filter` records, 8 bytes each, as `bwrap --seccomp FD` reads them and
 *   `prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER)` takes them. The same input gives the same bytes.
 */
export function buildSeccompFilter(target: { readonly arch: SeccompArchitecture }): Uint8Array {
  const machine = machines[target.arch]
  const spans = listSpans(getSyscallNumbers(machine.table), machine.otherAbiFrom)
  return encodeProgram([
    ...load(architectureOffset),
    // On x86_64 `int 0x80` reaches the i386 calls, whose numbers mean other things.
    ...branch(
      { condition: 'equal', value: machine.audit },
      [...load(numberOffset), ...searchSpans(spans)],
      compileAction(kill),
    ),
  ])
}

/** The rule for a call by its name; a known call that no list names is refused. */
function decideSyscall(name: string, allowed: ReadonlySet<string>): SyscallAction | ArgumentRule {
  const rule = argumentRules.find((candidate) => candidate.name === name)
  if (rule !== undefined) return rule
  if (splitNames(absentSyscalls).includes(name)) return absent
  return allowed.has(name) ? allow : refuse
}

/** Covers all 2^32 numbers: numbers without a name, between and above the known ones, are absent. */
function listSpans(numbers: ReadonlyMap<string, number>, otherAbiFrom: number | undefined): readonly Span[] {
  const allowed = new Set(Object.values(allowedSyscalls).flatMap(splitNames))
  const known = [...numbers].sort(([, left], [, right]) => left - right)
  const spans: Span[] = []
  let next = 0
  const append = (from: number, rule: Span['rule']): void => {
    if (spans.at(-1)?.rule !== rule) spans.push({ from, rule })
    next = from + 1
  }
  for (const [name, number] of known) {
    if (number > next) append(next, absent)
    append(number, decideSyscall(name, allowed))
  }
  append(next, absent)
  if (otherAbiFrom !== undefined) append(otherAbiFrom, kill)
  return spans
}

/** Binary search for the number in the accumulator. */
function searchSpans(spans: readonly Span[]): readonly Instruction[] {
  const middle = Math.floor(spans.length / 2)
  const pivot = spans[middle]
  if (pivot === undefined) throw new Error('seccomp: no rule for a range of calls')
  if (spans.length === 1) return compileRule(pivot.rule)
  return branch(
    { condition: 'at-least', value: pivot.from },
    searchSpans(spans.slice(middle)),
    searchSpans(spans.slice(0, middle)),
  )
}

function compileRule(rule: SyscallAction | ArgumentRule): readonly Instruction[] {
  if ('kind' in rule) return compileAction(rule)
  const matched = compileAction(rule.matched)
  const otherwise = compileAction(rule.otherwise)
  // Both machines are little-endian: the low half comes first. The high half is not read, since Linux ignores it.
  const argument = load(argumentsOffset + 8 * rule.argument)
  if (rule.test.kind === 'any-bit') {
    return [...argument, ...branch({ condition: 'any-bit', value: rule.test.mask }, matched, otherwise)]
  }
  const comparisons = rule.test.values.reduceRight<readonly Instruction[]>(
    (rest, value) => branch({ condition: 'equal', value }, matched, rest),
    otherwise,
  )
  return [...argument, ...comparisons]
}

/** SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | errno, SECCOMP_RET_KILL_PROCESS. */
function compileAction(action: SyscallAction): readonly Instruction[] {
  if (action.kind === 'allow') return answer(0x7fff0000)
  if (action.kind === 'errno') return answer(0x00050000 + action.errno)
  return answer(0x80000000)
}
