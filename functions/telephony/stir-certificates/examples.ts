/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveStirCertificate: {
    name: 'Calls 2027',
    generate: true,
    subject: { country: 'US', organization: 'Example Telecom', spc: '709J' },
  },
  saveStirAuthorities: { certificates: '' },
};
