/** Accepted request bodies by operation id: the OpenAPI document shows them, and test requests start from them. */
export const examples = {
  submitCdrs: {
    source: 'freeswitch-node-01',
    records: [
      {
        call_id: 'abc123-def456',
        leg: 'a',
        direction: 'outbound',
        caller: '+12125550100',
        callee: '+14155550100',
        start_time: '2026-01-15T10:30:00Z',
        answer_time: '2026-01-15T10:30:00Z',
        end_time: '2026-01-15T10:35:42Z',
        duration: 342,
        billable_seconds: 342,
        disposition: 'ANSWERED',
        trunk_id: 'trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
        quality: { mos: 4.2, jitter_ms: 3, loss_percent: 0.1, codec: 'PCMU' },
      },
      { call_id: 'abc123-ghi789', revision: 2, void: true },
    ],
  },
  createCdrExport: {
    start: '2026-01-01T00:00:00Z',
    end: '2026-02-01T00:00:00Z',
    format: 'csv',
    gzip: true,
    columns: ['call_id', 'caller', 'callee', 'start_time', 'duration', 'rating.charge', 'rating.currency'],
  },
} as const;
