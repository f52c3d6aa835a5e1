/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveArchivingPolicy: {
    name: 'SMS of sales for a year',
    class: 'sms',
    retention_days: 365,
    action: 'delete',
    filter: { numbers: ['+14155550100'] },
  },
};
