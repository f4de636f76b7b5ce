const block = { run: (input) => ({ got: input }) }
export { block as default }
