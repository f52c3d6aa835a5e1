/** Accepted bodies by operation id. */
export const examples = {
  createOrganization: {
    name: 'Example Telecom',
    country: 'US',
    timezone: 'America/New_York',
    address: { street: '1 Main Street', city: 'Springfield', country: 'US' },
    limits: { max_users: 500, daily_spend: '250.00' },
    admin: { username: 'ada@example.com', email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace' },
  },
  updateOrganization: { address: { city: 'Shelbyville' }, contacts: { tech_user_id: null } },
};
