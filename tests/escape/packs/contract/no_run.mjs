export const walk = (input) => input
