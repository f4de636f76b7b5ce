import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { answer, branch, encodeProgram, load, type Instruction } from './assemble.ts'
import { buildSeccompFilter, type SeccompArchitecture } from './filter.ts'
import { absentSyscalls, allowedSyscalls, argumentRules } from './policy.ts'
import { arm64SyscallTable } from './table-arm64.ts'
import { x64SyscallTable } from './table-x64.ts'
import { getSyscallNumbers, splitNames } from './table.ts'

const auditX64 = 0xc000003e
const auditArm64 = 0xc00000b7
const machines: Readonly<Record<SeccompArchitecture, { audit: number; numbers: ReadonlyMap<string, number> }>> = {
  x64: { audit: auditX64, numbers: getSyscallNumbers(x64SyscallTable) },
  arm64: { audit: auditArm64, numbers: getSyscallNumbers(arm64SyscallTable) },
}
const architectures: readonly SeccompArchitecture[] = ['x64', 'arm64']

type Call = { readonly arch: number; readonly nr: number; readonly args?: readonly bigint[] }
type Run = { readonly answer: string; readonly steps: number; readonly loads: readonly number[] }

/** The machine of Linux for classic BPF, as far as seccomp lets a filter use it; anything else is an error. */
function interpret(program: Uint8Array, call: Call): Run {
  const data = Buffer.alloc(64) // struct seccomp_data
  data.writeUInt32LE(call.nr, 0)
  data.writeUInt32LE(call.arch, 4)
  for (const [index, value] of (call.args ?? []).entries()) data.writeBigUInt64LE(value, 16 + 8 * index)
  const code = Buffer.from(program)
  const loads: number[] = []
  let accumulator = 0
  let at = 0
  for (let steps = 1; steps <= 4096; steps += 1) {
    if (at * 8 + 8 > code.length) throw new Error(`ran out of the program at ${at}`)
    const k = code.readUInt32LE(at * 8 + 4)
    const choose = (holds: boolean): number => at + 1 + code.readUInt8(at * 8 + (holds ? 2 : 3))
    switch (code.readUInt16LE(at * 8)) {
      case 0x20:
        accumulator = data.readUInt32LE(k)
        loads.push(k)
        at += 1
        break
      case 0x05:
        at += 1 + k
        break
      case 0x15:
        at = choose(accumulator === k)
        break
      case 0x35:
        at = choose(accumulator >= k)
        break
      case 0x45:
        at = choose((accumulator & k) !== 0)
        break
      case 0x06:
        return { answer: nameAnswer(k), steps, loads }
      default:
        throw new Error(`unexpected instruction at ${at}`)
    }
  }
  throw new Error('endless program')
}

function nameAnswer(value: number): string {
  if (value === 0x7fff0000) return 'allow'
  if (value === 0x80000000) return 'kill'
  if (value >>> 16 === 5) return nameErrno(value & 0xffff)
  throw new Error(`unexpected answer ${value.toString(16)}`)
}

function nameErrno(errno: number): string {
  return { 1: 'EPERM', 38: 'ENOSYS', 97: 'EAFNOSUPPORT' }[errno] ?? `errno ${errno}`
}

/** What the rule table says, read in another way than the compiler reads it. */
function expectDecision(name: string, args: readonly bigint[]): string {
  const rule = argumentRules.find((candidate) => candidate.name === name)
  if (rule !== undefined) {
    const low = Number((args[rule.argument] ?? 0n) & 0xffffffffn)
    const holds = rule.test.kind === 'one-of' ? rule.test.values.includes(low) : (low & rule.test.mask) !== 0
    const action = holds ? rule.matched : rule.otherwise
    return action.kind === 'errno' ? nameErrno(action.errno) : action.kind
  }
  if (absentSyscalls === name) return 'ENOSYS'
  return Object.values(allowedSyscalls).some((names) => splitNames(names).includes(name)) ? 'allow' : 'EPERM'
}

const filters = { x64: buildSeccompFilter({ arch: 'x64' }), arm64: buildSeccompFilter({ arch: 'arm64' }) }

function decide(arch: SeccompArchitecture, name: string, args: readonly bigint[] = []): string {
  const nr = machines[arch].numbers.get(name)
  if (nr === undefined) throw new Error(`${arch} has no ${name}`)
  return interpret(filters[arch], { arch: machines[arch].audit, nr, args }).answer
}

describe.each(architectures)('the filter of %s', (arch) => {
  const { audit, numbers } = machines[arch]
  const filter = filters[arch]

  it.each<readonly [string, readonly bigint[], string]>([
    ['socket', [1n], 'allow'], // AF_UNIX
    ['socket', [0n], 'EAFNOSUPPORT'], // AF_UNSPEC
    ['socket', [2n], 'EAFNOSUPPORT'], // AF_INET
    ['socket', [10n], 'EAFNOSUPPORT'], // AF_INET6
    ['socket', [16n], 'EAFNOSUPPORT'], // AF_NETLINK
    ['socket', [17n], 'EAFNOSUPPORT'], // AF_PACKET
    ['socket', [38n], 'EAFNOSUPPORT'], // AF_ALG
    ['socket', [40n], 'EAFNOSUPPORT'], // AF_VSOCK
    ['socket', [0x1_0000_0002n], 'EAFNOSUPPORT'],
    ['socketpair', [1n], 'allow'],
    ['socketpair', [2n], 'EAFNOSUPPORT'],
    ['clone', [0x11n], 'allow'], // SIGCHLD
    ['clone', [0x3d0f00n], 'allow'], // a thread of glibc
    ['clone', [0x00020011n], 'EPERM'], // CLONE_NEWNS
    ['clone', [0x02000011n], 'EPERM'], // CLONE_NEWCGROUP
    ['clone', [0x04000011n], 'EPERM'], // CLONE_NEWUTS
    ['clone', [0x08000011n], 'EPERM'], // CLONE_NEWIPC
    ['clone', [0x10000011n], 'EPERM'], // CLONE_NEWUSER
    ['clone', [0x20000011n], 'EPERM'], // CLONE_NEWPID
    ['clone', [0x40000011n], 'EPERM'], // CLONE_NEWNET
    ['clone', [0xffff_ffff_1000_0011n], 'EPERM'],
    ['clone3', [0n], 'ENOSYS'],
    ['ioctl', [0n, 0x5401n], 'allow'], // TCGETS
    ['ioctl', [0n, 0x5412n], 'EPERM'], // TIOCSTI
    ['ioctl', [0n, 0x541cn], 'EPERM'], // TIOCLINUX
    ['ioctl', [0n, 0xdead_0000_5412n], 'EPERM'],
    ['ioctl', [0x5412n, 0n], 'allow'],
    ['personality', [0n], 'allow'],
    ['personality', [0xffffffffn], 'allow'],
    ['personality', [0xffff_ffff_ffff_ffffn], 'allow'],
    ['personality', [0x0040000n], 'EPERM'], // ADDR_NO_RANDOMIZE
    ['personality', [8n], 'EPERM'], // PER_LINUX32
    ['prctl', [1n, 0n], 'EPERM'], // PR_SET_PDEATHSIG
    ['prctl', [0x1_0000_0001n, 0n], 'EPERM'],
    ['prctl', [35n], 'EPERM'], // PR_SET_MM
    ['prctl', [2n], 'allow'], // PR_GET_PDEATHSIG
    ['prctl', [4n], 'allow'], // PR_SET_DUMPABLE
    ['prctl', [15n], 'allow'], // PR_SET_NAME
    ['prctl', [22n], 'allow'], // PR_SET_SECCOMP
    ['prctl', [38n], 'allow'], // PR_SET_NO_NEW_PRIVS
    ['prctl', [47n], 'allow'], // PR_CAP_AMBIENT
    ['unshare', [0n], 'EPERM'],
    ['ptrace', [0n], 'EPERM'],
    ['mknodat', [], 'EPERM'],
    ['execve', [], 'allow'],
    ['seccomp', [], 'allow'],
    ['get_mempolicy', [], 'allow'],
    ['shmget', [], 'allow'],
  ])('answers %s(%s) with %s', (name, args, expected) => {
    expect(decide(arch, name, args)).toBe(expected)
  })

  it('decides every known call as the rule table says, whatever the arguments', () => {
    const interesting = [0n, 1n, 2n, 35n, 40n, 0x5412n, 0x541cn, 0xffffffffn, 0x10000000n, 0x0040000n, 0x11n]
    const word = fc
      .tuple(
        fc.oneof(fc.constantFrom(...interesting), fc.bigInt(0n, 0xffffffffn)),
        fc.constantFrom(0n, 1n, 0xffffffffn),
      )
      .map(([low, high]) => (high << 32n) | low)
    fc.assert(
      fc.property(fc.array(word, { minLength: 6, maxLength: 6 }), (args) => {
        for (const name of numbers.keys())
          expect([name, decide(arch, name, args)]).toEqual([name, expectDecision(name, args)])
      }),
      { numRuns: 60 },
    )
  })

  it('answers every number without a name with ENOSYS', () => {
    const named = new Set(numbers.values())
    const unnamed = Array.from({ length: 2000 }, (_, number) => number).filter((number) => !named.has(number))
    const answers = unnamed.map((nr) => interpret(filter, { arch: audit, nr }).answer)
    expect(unnamed).toContain(467)
    expect([...new Set(answers)]).toEqual(['ENOSYS'])
    expect(interpret(filter, { arch: audit, nr: 0x3fffffff }).answer).toBe('ENOSYS')
  })

  it('kills a process that calls through another ABI', () => {
    const others = fc.oneof(fc.constantFrom(auditX64, auditArm64, 0x40000003, 0x40000028, 0), fc.nat(0xffffffff))
    const property = fc.property(others, fc.nat(500), (other, nr) => {
      fc.pre(other !== audit)
      expect(interpret(filter, { arch: other, nr }).answer).toBe('kill')
    })
    fc.assert(property)
  })

  it('only jumps forward to instructions of its own', () => {
    const code = Buffer.from(filter)
    const length = code.length / 8
    for (let at = 0; at < length; at += 1) {
      const farthest = code.readUInt16LE(at * 8) === 0x05 ? code.readUInt32LE(at * 8 + 4) : code.readUInt8(at * 8 + 2)
      expect(at + 1 + Math.max(farthest, code.readUInt8(at * 8 + 3))).toBeLessThanOrEqual(length)
    }
    expect(code.readUInt16LE((length - 1) * 8)).toBe(0x06)
  })

  it('stays small, shallow, and looks at no argument of a call it always allows (Linux caches those)', () => {
    expect(filter.length / 8).toBeLessThan(256)
    for (const [name, nr] of numbers) {
      const run = interpret(filter, { arch: audit, nr, args: [1n, 0n, 0n, 0n, 0n, 0n] })
      expect(run.steps).toBeLessThan(16)
      if (!argumentRules.some((rule) => rule.name === name)) expect(run.loads).toEqual([4, 0])
    }
  })

  it('is the same bytes every time', () => {
    expect(buildSeccompFilter({ arch })).toEqual(filter)
  })
})

describe('x32, the second ABI of x86_64', () => {
  it.each([0x40000000, 0x40000000 + 1, 0x40000208, 0x7fffffff, 0x80000000, 0xffffffff])('is killed: %i', (nr) => {
    expect(interpret(filters.x64, { arch: auditX64, nr }).answer).toBe('kill')
  })

  it('does not exist on AArch64, where such numbers are just unknown', () => {
    expect(interpret(filters.arm64, { arch: auditArm64, nr: 0x40000000 }).answer).toBe('ENOSYS')
  })
})

describe('assembling', () => {
  const allowAnswer = answer(0x7fff0000)
  const killAnswer = answer(0x80000000)

  it.each([1, 2, 254, 255, 256, 257, 600])('passes over %i instructions', (count) => {
    const padding: readonly Instruction[] = Array.from({ length: count - 1 }, () => load(4)).flat()
    const program = encodeProgram([
      ...load(0),
      ...branch({ condition: 'equal', value: 7 }, allowAnswer, [...padding, ...killAnswer]),
    ])
    expect(interpret(program, { arch: 0, nr: 7 }).answer).toBe('allow')
    expect(interpret(program, { arch: 0, nr: 8 }).answer).toBe('kill')
  })

  it('writes little-endian records of eight bytes', () => {
    const program = encodeProgram([{ code: 0x15, jumpTrue: 2, jumpFalse: 3, value: 0xc000003e }])
    expect([...program]).toEqual([0x15, 0, 2, 3, 0x3e, 0, 0, 0xc0])
  })

  it.each([0, 4097])('refuses a program of %i instructions, which Linux would not load', (count) => {
    expect(() => encodeProgram(Array.from({ length: count }, () => load(0)).flat())).toThrow(`${count} instructions`)
  })
})
