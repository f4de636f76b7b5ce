import type { Block } from '@rumi/pack-sdk'

/** The second step of the flow: says it louder. */
export const run: Block<{ readonly text: string }, string> = ({ text }) => text.toUpperCase()
