/** What a frame carries. The numbers are the protocol (docs/protocols/channel.md). */
export const frameKind = {
  call: 1,
  kill: 2,
  ready: 3,
  result: 4,
  stdout: 5,
  stderr: 6,
  end: 7,
  ask: 8,
  answer: 9,
} as const

/** One message on the channel between the kernel and a worker. */
export interface Frame {
  readonly kind: number
  /** The call it belongs to; 0 for none. */
  readonly call: number
  readonly body: Buffer
}

const HEADER_BYTES = 9
const COUNTED_BYTES = HEADER_BYTES - 4

/** Encodes a frame: length of the rest (u32, big endian), kind (u8), call (u32), body. */
export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + frame.body.length)
  bytes.writeUInt32BE(COUNTED_BYTES + frame.body.length, 0)
  bytes.writeUInt8(frame.kind, 4)
  bytes.writeUInt32BE(frame.call, 5)
  frame.body.copy(bytes, HEADER_BYTES)
  return bytes
}

/** Takes a byte stream apart. After `onViolation` it ignores everything: the worker is to be killed. */
export interface FrameDecoder {
  push(chunk: Buffer): void
}

/**
 * A decoder that never buffers more than one frame of `maxBodyBytes`: the length comes from the sandbox and is
 * refused before a byte of the body is awaited. (LIM-09)
 */
export function createFrameDecoder(
  maxBodyBytes: number,
  handlers: { readonly onFrame: (frame: Frame) => void; readonly onViolation: (reason: string) => void },
): FrameDecoder {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let needed = HEADER_BYTES
  let broken = false

  const joined = (): Buffer => {
    const first = pending[0]
    const all = pending.length === 1 && first ? first : Buffer.concat(pending)
    pending = [all]
    return all
  }

  return {
    push(chunk) {
      if (broken) return
      pending.push(chunk)
      pendingBytes += chunk.length
      while (!broken && pendingBytes >= needed) {
        const bytes = joined()
        const length = bytes.readUInt32BE(0)
        if (length < COUNTED_BYTES || length - COUNTED_BYTES > maxBodyBytes) {
          broken = true
          pending = []
          handlers.onViolation(`a frame announced ${length} bytes`)
          return
        }
        needed = 4 + length
        if (pendingBytes < needed) return
        handlers.onFrame({
          kind: bytes.readUInt8(4),
          call: bytes.readUInt32BE(5),
          body: bytes.subarray(HEADER_BYTES, needed),
        })
        pending = [bytes.subarray(needed)]
        pendingBytes -= needed
        needed = HEADER_BYTES
      }
    },
  }
}
