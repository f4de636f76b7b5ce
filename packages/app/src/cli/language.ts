import { en, ja, type Messages } from '../messages/index.ts'

/** Languages the command line speaks. */
export const languages = ['en', 'ja'] as const
type Language = (typeof languages)[number]

/**
 * The messages in the language that was asked for: `--lang`, then RUMI_LANG, then what the system says (LC_ALL,
 * LC_MESSAGES, LANG); English when none of them names one we speak.
 *
 * @param flag - What stands behind `--lang`; it is checked elsewhere.
 */
export function chooseMessages(
  environment: Readonly<Record<string, string | undefined>>,
  flag: string | undefined,
): Messages {
  const { RUMI_LANG, LC_ALL, LC_MESSAGES, LANG } = environment
  const system = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '')
  const language = [flag, RUMI_LANG, system].map(readLanguage).find((known) => known !== undefined)
  return language === 'ja' ? ja : en
}

/** `ja_JP.UTF-8` is Japanese. */
function readLanguage(value: string | undefined): Language | undefined {
  const name = value?.toLowerCase().split(/[_.@-]/)[0]
  return languages.find((language) => language === name)
}
