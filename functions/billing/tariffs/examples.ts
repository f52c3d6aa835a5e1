/** Accepted request bodies by operation id: the OpenAPI document shows them, and test requests start from them. */
export const examples = {
  changeTariffRates: {
    rates: [{ prefix: '4479', name: 'UK mobile', price_per_minute: '0.048000' }],
    remove: [{ prefix: '447' }],
  },
  saveTariff: {
    name: 'Enterprise',
    description: 'Price list for large customers',
    currency: 'USD',
    timezone: 'America/New_York',
    monthly_minimum: '500.0000',
    included_minutes: 50_000,
    rates: [
      {
        prefix: '1',
        name: 'US and Canada',
        price_per_minute: '0.010000',
        initial_seconds: 60,
        increment_seconds: 6,
        included: true,
      },
      {
        prefix: '447',
        name: 'UK mobile',
        price_per_minute: '0.045000',
        connect_fee: '0.0100',
        minimum_charge: '0.0500',
        time_bands: [{ name: 'weekend', days: ['sat', 'sun'], start: '00:00', end: '24:00', price_per_minute: '0.03' }],
      },
    ],
  },
} as const;
