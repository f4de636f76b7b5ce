/** One `struct sock_filter`: an operation, two forward jumps (0–255 instructions, when true and when false), a value. */
export type Instruction = {
  readonly code: number
  readonly jumpTrue: number
  readonly jumpFalse: number
  readonly value: number
}

/** A condition on the accumulator: equal to, at least, or sharing a bit with an unsigned 32-bit value. */
export type Condition = 'equal' | 'at-least' | 'any-bit'

const loadCode = 0x20 // BPF_LD | BPF_W | BPF_ABS
const jumpCode = 0x05 // BPF_JMP | BPF_JA
const returnCode = 0x06 // BPF_RET | BPF_K
const conditionCodes: Readonly<Record<Condition, number>> = { equal: 0x15, 'at-least': 0x35, 'any-bit': 0x45 }
const farthestJump = 255

/** Loads the 32 bits at `offset` (bytes, a multiple of 4) of `struct seccomp_data` into the accumulator. */
export function load(offset: number): readonly Instruction[] {
  return [{ code: loadCode, jumpTrue: 0, jumpFalse: 0, value: offset }]
}

/** Ends the filter with a SECCOMP_RET_* value. */
export function answer(value: number): readonly Instruction[] {
  return [{ code: returnCode, jumpTrue: 0, jumpFalse: 0, value }]
}

/**
 * Runs `whenTrue` or `whenFalse`; both must end in answers, nothing runs after them. A conditional jump reaches 255
 * instructions, so a longer `whenFalse` is passed over by an unconditional jump.
 */
export function branch(
  test: { readonly condition: Condition; readonly value: number },
  whenTrue: readonly Instruction[],
  whenFalse: readonly Instruction[],
): readonly Instruction[] {
  const code = conditionCodes[test.condition]
  const passed = whenFalse.length
  const jump: readonly Instruction[] =
    passed <= farthestJump
      ? [{ code, jumpTrue: passed, jumpFalse: 0, value: test.value }]
      : [
          { code, jumpTrue: 0, jumpFalse: 1, value: test.value },
          { code: jumpCode, jumpTrue: 0, jumpFalse: 0, value: passed },
        ]
  return [...jump, ...whenFalse, ...whenTrue]
}

/**
 * The program as little-endian `struct sock_filter` records of 8 bytes: u16 code, u8 jt, u8 jf, u32 k.
 *
 * @throws When the program is empty or longer than 4096 instructions (BPF_MAXINSNS): Linux would refuse it.
 */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  if (program.length === 0 || program.length > 4096)
    throw new Error(`seccomp program of ${program.length} instructions`)
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [index, instruction] of program.entries()) {
    view.setUint16(index * 8, instruction.code, true)
    view.setUint8(index * 8 + 2, instruction.jumpTrue)
    view.setUint8(index * 8 + 3, instruction.jumpFalse)
    view.setUint32(index * 8 + 4, instruction.value, true)
  }
  return bytes
}
