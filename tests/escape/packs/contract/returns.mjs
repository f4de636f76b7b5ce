function deep(levels) {
  let value = 1
  for (let level = 0; level < levels; level += 1) value = [value]
  return value
}

function circular() {
  const value = []
  value.push(value)
  return value
}

const values = {
  nan: () => ({ x: Number.NaN }),
  infinity: () => [Infinity],
  large: () => 'x'.repeat(10_000_000),
  undefined: () => undefined,
  null: () => null,
  'a function': () => ({ f: () => 1 }),
  'a big integer': () => ({ n: 1n }),
  'a symbol': () => [Symbol('s')],
  'a date': () => ({ at: new Date(0) }),
  'a half character': () => '\ud800',
  deep: () => deep(100),
  'very deep': () => deep(100_000),
  circular,
  exit: () => process.exit(3),
  abort: () => process.abort(),
  'throws a string': () => {
    throw 'just text'
  },
  'throws nothing': () => {
    throw undefined
  },
  'rejects later': async () => {
    void Promise.reject(new Error('nobody waits for this'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    return 'too late'
  },
  characters: () => '日本語 🦊 \u0000 " \\',
}

export const run = (input) => values[input]()
