/** Accepted bodies of the SMS log. */
export const examples = {
  pushSmsLogs: {
    logs: [
      {
        message_id: 'carrier-7f3a',
        direction: 'inbound',
        from: '+14155551234',
        to: '+14155550000',
        message: 'See you at 10',
        status: 'received',
        timestamp: '2026-01-31T12:00:00Z',
        segments: 1,
        cost: 0,
      },
    ],
  },
  searchSmsLogs: { start_date: '2026-01-01', end_date: '2026-01-31', direction: 'outbound', content: 'appointment' },
  downloadSmsLogs: { search_id: 'search_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', format: 'json', page: 1, per_page: 100 },
};
