import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrameDecoder, encodeFrame, type Frame } from './frame.ts'

function collect(maxBodyBytes: number): { frames: Frame[]; violations: string[]; push: (chunk: Buffer) => void } {
  const frames: Frame[] = []
  const violations: string[] = []
  const decoder = createFrameDecoder(maxBodyBytes, {
    onFrame: (frame) => frames.push({ ...frame, body: Buffer.from(frame.body) }),
    onViolation: (reason) => violations.push(reason),
  })
  return { frames, violations, push: (chunk) => decoder.push(chunk) }
}

const frameArbitrary = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  call: fc.integer({ min: 0, max: 0xffffffff }),
  body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
})

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(frameArbitrary),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(encodeFrame))
          const seen = collect(1000)
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = cuts[turn % cuts.length] ?? 1
            seen.push(bytes.subarray(at, at + size))
            at += size
          }
          expect(seen.frames).toEqual(frames)
          expect(seen.violations).toEqual([])
        },
      ),
    )
  })

  it('LIM-09: refuses an announced length above the bound before the body arrives, and nothing after it', () => {
    const seen = collect(1000)
    seen.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 1]))
    seen.push(encodeFrame({ kind: 4, call: 1, body: Buffer.from('x') }))
    expect(seen.frames).toEqual([])
    expect(seen.violations).toEqual(['a frame announced 4294967295 bytes'])
  })

  it('refuses a length too short for its own header', () => {
    const seen = collect(1000)
    seen.push(Buffer.from([0, 0, 0, 4, 4, 0, 0, 0, 1]))
    expect(seen.violations).toHaveLength(1)
  })
})
