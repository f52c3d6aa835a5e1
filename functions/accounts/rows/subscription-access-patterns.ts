import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Lists of keys and of services. */
export const subscriptions = {
  subscription: {
    keeps: 'the BLF list or the services of a user, device or line',
    table: { partition: 'subscription#<org>', sort: '<resource>' },
    writes: 'a BLF list: one reference per target',
    reads: [
      get([
        'GET|PUT|DELETE /subscriptions/{entity}/{id}',
        'GET /devices/{id}/config',
        'GET /provision/{deviceId}/{secret}/{file}',
        'sidecar',
        'jobs',
      ]),
      query('table', ['period-close', 'jobs'], { note: 'charged services' }),
    ],
  },
} as const satisfies SomeLayouts;
