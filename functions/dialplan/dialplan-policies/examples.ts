export const examples = {
  createPolicy: {
    name: 'International calls',
    description: 'International calls in office hours, for members of two groups',
    status: 'active',
    priority: 100,
    conditions: {
      pattern: '^011[0-9]+$',
      time_of_day: {
        start: '08:00',
        end: '18:00',
        timezone: 'America/New_York',
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      },
      user_groups: ['international', 'executives'],
      caller_id_required: true,
    },
    actions: {
      allow: true,
      gateway: 'pstn',
      failover_gateways: ['backup'],
      rate_limit: 10,
      max_duration: 3600,
      log: true,
    },
  },
  updatePolicy: {
    id: 'pol_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
    priority: 90,
    conditions: { time_of_day: { start: '07:00', end: '20:00' }, caller_id_required: null },
  },
  restorePolicy: { id: 'pol_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', version: 3 },
} as const;
