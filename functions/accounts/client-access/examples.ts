const change = {
  permissions: { mobileApp: false },
  restrictions: {
    ipWhitelist: ['192.0.2.0/24'],
    timeRestrictions: {
      timezone: 'Europe/Berlin',
      windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '08:00', end: '18:00' }],
    },
    deviceLimit: 3,
  },
  sessions: { maxSessions: 2 },
};

/** Accepted bodies by operation id. */
export const examples = { putClientAccess: change, updateClientAccess: change };
