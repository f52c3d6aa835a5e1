/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  putFile: {
    name: 'Welcome',
    kind: 'greeting',
    content_type: 'audio/wav',
    size: 48_044,
    sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    description: 'Greeting of the front desk',
  },
};
