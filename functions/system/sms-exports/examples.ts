/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  storeSmsExport: {
    policyId: 'arp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
    data: {
      messages: [
        {
          message_id: 'msg_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
          from: '+14155550100',
          to: '+14155550101',
          message: 'Your table is ready',
          timestamp: '2026-01-15T10:30:00Z',
        },
      ],
      export_date: '2026-02-01T00:00:00Z',
      date_range: { start: '2026-01-01T00:00:00Z', end: '2026-01-31T23:59:59Z' },
    },
    metadata: { source: 'sms-gateway-1' },
  },
};
