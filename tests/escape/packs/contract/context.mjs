export function run(input, context) {
  const entries = Object.entries(context)
  return {
    plain: Object.fromEntries(entries.filter(([, value]) => typeof value !== 'function')),
    functions: entries.flatMap(([key, value]) => (typeof value === 'function' ? [key] : [])).sort(),
  }
}
