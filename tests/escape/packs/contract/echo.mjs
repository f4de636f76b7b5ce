export const run = async (input) => ({ got: input })
