import 'a-module-nobody-has'

export const run = () => 1
