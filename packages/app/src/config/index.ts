export { readSettings, type SettingFlags, type Settings } from './settings.ts'
