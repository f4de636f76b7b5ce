import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'

/** Colours; each gives back the text as it is when there are none. */
export interface Palette {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

/** Where people read and type. What programs read is on `out`, everything else on `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Colours of `out`. */
  readonly palette: Palette
  /** Colours of `err`. */
  readonly errPalette: Palette
  /** Columns of `out`; undefined when it is no terminal. */
  readonly width: number | undefined
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean
  /** Whether somebody types what is read; then it must not be read with an echo when it is secret. */
  readonly isTyped: boolean
  /** Whether what is written to `err` can be overwritten. */
  readonly hasLiveErr: boolean
  /** One line that was typed; empty when the input ended or Ctrl+C was pressed. */
  ask(question: string): Promise<string>
  /** The same without showing what is typed. Only when `isTyped`. */
  askHidden(question: string): Promise<string>
}

/** The terminal of this process. */
export function openTerminal(
  environment: Readonly<Record<string, string | undefined>>,
  { noColor }: { readonly noColor: boolean },
): Terminal {
  const { stdin, stdout, stderr } = process
  ignoreClosedPipe(stdout)
  ignoreClosedPipe(stderr)
  // (no-color.org: any value but the empty one)
  const mayColor = !noColor && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    palette: paint(mayColor && stdout.isTTY),
    errPalette: paint(mayColor && stderr.isTTY),
    width: stdout.isTTY ? stdout.columns : undefined,
    isInteractive: stdin.isTTY && stdout.isTTY && stderr.isTTY,
    isTyped: stdin.isTTY,
    hasLiveErr: stderr.isTTY && environment['TERM'] !== 'dumb',
    ask: async (question) => askLine(question, stderr),
    askHidden: async (question) => {
      stderr.write(question)
      // As a terminal it takes every key itself, so the system echoes none; what it would show goes nowhere.
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
      try {
        return await askLine('', nowhere)
      } finally {
        stderr.write('\n')
      }
    },
  }
}

async function askLine(question: string, output: NodeJS.WritableStream): Promise<string> {
  const { stdin } = process
  const reader = createInterface({ input: stdin, output, terminal: stdin.isTTY })
  try {
    return await new Promise<string>((resolve) => {
      reader.once('close', () => resolve(''))
      reader.question(question, resolve)
    })
  } finally {
    reader.close()
  }
}

/** A reader that has gone (`| head`) is no failure of ours; a full disk behind `>` is one. */
function ignoreClosedPipe(stream: WriteStream): void {
  stream.on('error', (error: Error) => {
    if (!('code' in error && error.code === 'EPIPE')) process.exitCode = 1
  })
}

function paint(isColored: boolean): Palette {
  const style =
    (code: number) =>
    (text: string): string =>
      isColored && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  return { bold: style(1), dim: style(2), red: style(31), green: style(32), yellow: style(33) }
}
