/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  setCallHandling: {
    forward: { busy: '+46701234567' },
    ring_seconds: 25,
    follow_me: [{ number: '+46701234568', delay_seconds: 5 }],
    blocked: ['+1900…', 'anonymous'],
  },
};
