export const examples = {
  fileLogEntry: {
    event_type: 'door.opened',
    description: 'The server room was opened',
    severity: 'warning',
    resource_type: 'door',
    resource_id: 'server-room',
    metadata: { badge: '4711' },
  },
  searchLogEntries: { event_types: ['trunk.*'], severities: ['warning', 'error'], per_page: 50 },
};
