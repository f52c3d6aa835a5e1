/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = { createSequence: { start: 1_000, step: 1 }, takeSequenceBlock: { count: 3 } };
