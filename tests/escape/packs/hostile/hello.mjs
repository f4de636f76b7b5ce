export const run = (input) => ({ hello: input })
