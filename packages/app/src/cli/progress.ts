import type { Terminal } from './terminal.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
const PATIENCE_MS = 1000
const FRAME_MS = 100

/** Waits for something, and shows the seconds on a terminal once it takes longer than one. */
export async function withProgress<T>(terminal: Terminal, waiting: Promise<T>): Promise<T> {
  if (!terminal.hasLiveErr) return waiting
  const startedMs = performance.now()
  let frame = 0
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedMs
    if (elapsedMs < PATIENCE_MS) return
    frame += 1
    terminal.err(`\r${terminal.errPalette.dim(`${FRAMES[frame % FRAMES.length]} ${Math.floor(elapsedMs / 1000)} s`)}`)
  }, FRAME_MS)
  try {
    return await waiting
  } finally {
    clearInterval(timer)
    if (frame > 0) terminal.err('\r\u001b[K')
  }
}
