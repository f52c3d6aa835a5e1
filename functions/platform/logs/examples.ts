export const examples = {
  importLogs: {
    source: 'switch-1',
    logs: [
      {
        timestamp: '2026-01-15T10:30:00Z',
        type: 'sip',
        level: 'warning',
        message: 'INVITE answered 503',
        details: { route: 'pstn' },
      },
    ],
  },
};
