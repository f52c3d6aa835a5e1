export const examples = { createSequence: { start: 1, step: 1 } };
