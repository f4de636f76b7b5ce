import { expect, it } from 'vitest'
import { en, ja } from '../messages/index.ts'
import { chooseMessages } from './language.ts'

it.each([
  [{}, undefined, en],
  [{ LANG: 'ja_JP.UTF-8' }, undefined, ja],
  [{ LANG: 'C.UTF-8' }, undefined, en],
  [{ LANG: 'fr_FR.UTF-8' }, undefined, en],
  [{ LANG: 'ja_JP.UTF-8', LC_ALL: 'C' }, undefined, en],
  [{ LANG: 'ja_JP.UTF-8', LC_ALL: '' }, undefined, ja],
  [{ LANG: 'en_US.UTF-8', RUMI_LANG: 'ja' }, undefined, ja],
  [{ RUMI_LANG: 'ja' }, 'en', en],
  [{ RUMI_LANG: 'klingon', LANG: 'ja_JP' }, undefined, ja],
])('%j with --lang %s chooses the right language', (environment, flag, expected) => {
  expect(chooseMessages(environment, flag)).toBe(expected)
})
