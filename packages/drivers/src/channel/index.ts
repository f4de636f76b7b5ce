export { createFrameDecoder, encodeFrame, frameKind, type Frame, type FrameDecoder } from './frame.ts'
