/** A place for a tag and a value in the dynamic section, or for a field of another table. */
type Word = readonly [value: number, bytes: 2 | 4 | 8]

/**
 * A shared library as small as one can be, written by hand so that the attack needs no compiler: while it is being
 * loaded, before any of its callers runs, it asks by a system call of its own that the end of its parent be no concern
 * of it (PR_SET_PDEATHSIG), and ends the process with 64 + errno.
 */
export function buildNativeAddon(): Buffer {
  const code = process.arch === 'arm64' ? arm64Code : x64Code
  const [hash, symbols, strings, dynamic, start] = [0x100, 0x120, 0x140, 0x150, 0x200]
  const size = start + code.length
  const file = Buffer.alloc(size)
  header(dynamic, size).copy(file)
  words([1, 1, 0, 0].map((value): Word => [value, 4])).copy(file, hash) // one bucket, one (empty) symbol
  words([...[4, hash, 5, strings, 6, symbols, 10, 1, 11, 24, 12, start, 0, 0].map((value): Word => [value, 8])]).copy(
    file,
    dynamic,
  )
  code.copy(file, start)
  return file
}

/** prctl(1, 9); exit_group(64 - result) */
const x64Code = Buffer.from('bf01000000be09000000b89d0000000f0589c7f7df83c740b8e70000000f05', 'hex')
const arm64Code = words(
  [0xd28014e8, 0xd2800020, 0xd2800121, 0xd4000001, 0xcb0003e0, 0x91010000, 0xd2800bc8, 0xd4000001].map(
    (value): Word => [value, 4],
  ),
)

/** The file header, a segment with everything, and a pointer to the dynamic section. */
function header(dynamic: number, size: number): Buffer {
  const machine = process.arch === 'arm64' ? 183 : 62
  const identity = Buffer.from('7f454c46020101000000000000000000', 'hex')
  const segment = (
    kind: number,
    flags: number,
    place: readonly [offset: number, size: number, align: number],
  ): Word[] => [
    [kind, 4],
    [flags, 4],
    ...[place[0], place[0], place[0], place[1], place[1], place[2]].map((value): Word => [value, 8]),
  ]
  return Buffer.concat([
    identity,
    words([
      [3, 2],
      [machine, 2],
      [1, 4],
      [0, 8],
      [64, 8],
      [0, 8],
      [0, 4],
      [64, 2],
      [56, 2],
      [2, 2],
      [64, 2],
      [0, 2],
      [0, 2],
    ]),
    words([...segment(1, 7, [0, size, 0x10000]), ...segment(2, 6, [dynamic, 7 * 16, 8])]),
  ])
}

function words(list: readonly Word[]): Buffer {
  return Buffer.concat(
    list.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes)
      if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value))
      else if (bytes === 4) buffer.writeUInt32LE(value)
      else buffer.writeUInt16LE(value)
      return buffer
    }),
  )
}
