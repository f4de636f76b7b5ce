/** Whether node_modules holds what package-lock.json says; see `lock.mjs`. */
export function isInstalled(root: string): boolean
