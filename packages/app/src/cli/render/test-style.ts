import { en } from '../../messages/index.ts'
import type { DenialStyle } from './denials.ts'

const mark =
  (name: string) =>
  (text: string): string =>
    text === '' ? '' : `<${name}>${text}</>`
const plain = (text: string): string => text
const palette = { bold: plain, dim: plain, red: mark('red'), green: mark('green'), yellow: mark('yellow') }

/** English on a terminal without an end to its lines; red, green and yellow can be seen in the text. */
export const style: DenialStyle = {
  messages: en,
  ownName: 'bin/rumi',
  terminal: {
    out: () => undefined,
    err: () => undefined,
    palette,
    errPalette: palette,
    width: undefined,
    isInteractive: false,
    isTyped: false,
    hasLiveErr: false,
    ask: async () => '',
    askHidden: async () => '',
  },
}
