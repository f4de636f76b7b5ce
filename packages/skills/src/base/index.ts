export { contentHashSchema, documentNameSchema, skillIdSchema, type DocumentName, type SkillId } from './names.ts'
export type { DataFolder, FileChange, FileFacts, FileRefusal } from './folder.ts'
export type { Place } from './place.ts'
