import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readLocalText } from './local-text.ts'
import { style } from './render/test-style.ts'
import type { Session } from './session.ts'

function openSession(): Session {
  const currentFolder = mkdtempSync(join(tmpdir(), 'rumi-text-'))
  onTestFinished(() => rmSync(currentFolder, { recursive: true }))
  return { ...style, environment: {}, currentFolder, home: undefined, isJson: false }
}

it('a text of a file is read as it is, and what is no text, too long or not there is refused by a sentence', () => {
  const session = openSession()
  const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(session.currentFolder, name), bytes)
  write('good.md', Buffer.from('\ufeffa\r\n'))
  write('full.md', Buffer.alloc(1024 * 1024, 97))
  write('long.md', Buffer.alloc(1024 * 1024 + 1, 97))
  write('bytes.md', Buffer.from([0xff, 0xfe]))
  expect(readLocalText(session, 'good.md')).toEqual({ ok: true, value: '\ufeffa\r\n' })
  expect(readLocalText(session, 'full.md').ok).toBe(true)
  expect(readLocalText(session, 'long.md')).toEqual({ ok: false, error: 'long.md is longer than 1 MiB.' })
  expect(readLocalText(session, 'bytes.md')).toEqual({ ok: false, error: 'bytes.md is no UTF-8 text.' })
  expect(readLocalText(session, 'none.md')).toEqual({ ok: false, error: expect.stringContaining('ENOENT') })
  expect(readLocalText(session, '.')).toEqual({ ok: false, error: expect.stringContaining('EISDIR') })
})

it('nobody is made to type a text at a terminal', () => {
  const session = openSession()
  const typed = { ...session, terminal: { ...session.terminal, isTyped: true } }
  expect(readLocalText(typed, undefined)).toEqual({ ok: false, error: session.messages.kairos.usage.needsText })
  expect(readLocalText(typed, '-').ok).toBe(false)
})
