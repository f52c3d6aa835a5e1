export const examples = { createSerial: { start: 1, step: 1 } };
