/**
 * Frames on the channel between the kernel and a worker: length of the rest (4 bytes, big endian), kind (1), call
 * number (4), body. docs/protocols/channel.md describes them.
 */

export const Kind = Object.freeze({
  call: 1,
  kill: 2,
  ready: 3,
  result: 4,
  stdout: 5,
  stderr: 6,
  end: 7,
  ask: 8,
  answer: 9,
})

const HEADER_BYTES = 9

/**
 * @param {number} kind
 * @param {number} call
 * @param {Uint8Array | string} body
 * @returns {Buffer} one frame
 */
export function packFrame(kind, call, body = '') {
  const data = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.length)
  frame.writeUInt32BE(data.length + 5, 0)
  frame[4] = kind
  frame.writeUInt32BE(call, 5)
  frame.set(data, HEADER_BYTES)
  return frame
}

/**
 * Splits a byte stream into frames.
 *
 * @param {(kind: number, call: number, body: Buffer) => void} onFrame
 * @returns {(chunk: Buffer) => void}
 */
export function frameSplitter(onFrame) {
  let parts = []
  let bytes = 0
  let needed = HEADER_BYTES
  return (chunk) => {
    parts.push(chunk)
    bytes += chunk.length
    while (bytes >= needed) {
      const pending = parts.length === 1 ? parts[0] : Buffer.concat(parts)
      parts = [pending]
      needed = 4 + pending.readUInt32BE(0)
      if (bytes < needed) return
      onFrame(pending[4], pending.readUInt32BE(5), pending.subarray(HEADER_BYTES, needed))
      parts = [pending.subarray(needed)]
      bytes -= needed
      needed = HEADER_BYTES
    }
  }
}
