/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveLegalHold: {
    name: 'Meier v. Acme',
    reason: 'Subpoena of 2026-01-30',
    matter: '4 O 17/26',
    classes: ['sms', 'voicemail'],
    filter: { numbers: ['+14155550100'], from: '2025-01-01T00:00:00Z' },
  },
};
