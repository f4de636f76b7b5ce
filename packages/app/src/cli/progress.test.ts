import { describe, expect, it } from 'vitest'
import { withProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

const plain = (text: string): string => text
const palette = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain }

/** A terminal that keeps what is written to `err`, and tells when something was. */
function openTerminal(hasLiveErr: boolean) {
  const written: string[] = []
  const { promise: shown, resolve } = Promise.withResolvers<string>()
  const terminal: Terminal = {
    out: () => {
      throw new Error('progress is no data')
    },
    err: (text) => {
      written.push(text)
      resolve('done')
    },
    palette,
    errPalette: palette,
    width: 80,
    isInteractive: hasLiveErr,
    isTyped: false,
    hasLiveErr,
    ask: async () => '',
    askHidden: async () => '',
  }
  return { terminal, written, shown }
}

describe.concurrent('what takes long', () => {
  it('shows the seconds on a terminal, and wipes them away at its end', async () => {
    const { terminal, written, shown } = openTerminal(true)
    // It ends when something was shown: without progress this test never ends.
    expect(await withProgress(terminal, shown)).toBe('done')
    expect(written[0]).toMatch(/^\r\S [1-9]\d* s$/)
    expect(written.at(-1)).toBe('\r\u001b[K')
  })

  it('wipes them away too when it fails', async () => {
    const { terminal, written, shown } = openTerminal(true)
    const failing = shown.then(() => {
      throw new Error('no')
    })
    await expect(withProgress(terminal, failing)).rejects.toThrow('no')
    expect(written.at(-1)).toBe('\r\u001b[K')
  })

  it('shows nothing when it was quick', async () => {
    const { terminal, written } = openTerminal(true)
    expect(await withProgress(terminal, Promise.resolve(5))).toBe(5)
    expect(written).toEqual([])
  })

  it('shows nothing where nothing can be overwritten: a file, a pipe', async () => {
    const { terminal, written } = openTerminal(false)
    const long = new Promise((resolve) => setTimeout(resolve, 1300))
    await withProgress(terminal, long)
    expect(written).toEqual([])
  })
})
