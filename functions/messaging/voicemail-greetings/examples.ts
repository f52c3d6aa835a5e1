/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = { putGreeting: { content_type: 'audio/wav', size: 192_044 } };
