import { err, ok, type Result } from '../base/index.ts'
import { isDeviceName } from './pack-id.ts'

/**
 * Why a file name may not occur in a pack: it is empty, `.` or `..`, holds a slash or backslash, a control character,
 * an invisible or text-direction character, a colon, ends with a dot or a space, names a Windows device, is longer
 * than 255 bytes, is not NFC, or is not well-formed Unicode.
 */
export type EntryNameRefusal =
  | 'empty'
  | 'dots'
  | 'separator'
  | 'control'
  | 'invisible'
  | 'colon'
  | 'trailing'
  | 'device'
  | 'too-long'
  | 'not-nfc'
  | 'not-unicode'

/** Longest name of one entry, in bytes of UTF-8: what Linux file systems can hold. */
export const maxEntryNameBytes = 255

/**
 * Accepts one segment of a path inside a pack. What passes means the same file on every file system and looks to a
 * reviewer like what it is: no second spelling, no hidden character, no way out of the folder.
 */
export function checkEntryName(segment: string): Result<string, EntryNameRefusal> {
  const refusal = findRefusal(segment)
  return refusal === undefined ? ok(segment) : err(refusal)
}

function findRefusal(segment: string): EntryNameRefusal | undefined {
  if (segment === '') return 'empty'
  if (segment === '.' || segment === '..') return 'dots'
  if (!segment.isWellFormed()) return 'not-unicode'
  if (/[/\\]/.test(segment)) return 'separator'
  if (/\p{Cc}/u.test(segment)) return 'control'
  // Direction overrides make `exe.py` read as `yp.exe`; zero-width characters make two files look like one.
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(segment)) return 'invisible'
  if (segment.includes(':')) return 'colon' // an alternate data stream or a drive on Windows
  if (/[. ]$/.test(segment)) return 'trailing' // Windows drops it: `a.py.` would be `a.py`
  if (isDeviceName(segment)) return 'device'
  if (Buffer.byteLength(segment) > maxEntryNameBytes) return 'too-long'
  return segment.normalize('NFC') === segment ? undefined : 'not-nfc'
}
