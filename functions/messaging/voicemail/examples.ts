/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  depositVoicemail: {
    caller_number: '+14155550100',
    caller_name: 'Bob',
    content_type: 'audio/wav',
    size: 192_044,
    duration_seconds: 12,
  },
  actOnVoicemail: { action: 'read' },
};
