/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveVoicemailDrop: { name: 'Callback', content_type: 'audio/wav', size: 192_044, duration_seconds: 12 },
};
