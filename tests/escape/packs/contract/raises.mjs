function deeper(number) {
  return number.of.nothing
}

export function run(input) {
  return deeper(input)
}
