import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Keys and reads of numbers and SIM cards. */
export const numberPatterns = {
  number: {
    keeps: 'a number of the platform, of any holder: two requests for one number conflict at one item',
    table: { partition: 'number#<number>', sort: 'number' },
    GSI1: [
      { partition: 'number#<org>', sort: '<number>', when: 'held, or in quarantine' },
      { partition: 'number#available', sort: '<number>', when: 'available' },
    ],
    GSI2: { partition: 'number#<org>#<thing>', sort: '<number>', when: 'it has a route' },
    unsharded: 'the operator adds numbers, and they are activated one by one',
    reads: [
      query('GSI1', ['POST /numbers/search', 'period-close'], {
        partition: 'number#<org>',
        serves: 'prefix',
        filters: 'country, type, contains, capabilities, state, label',
        order: 'number',
        note: 'own; at most 10,000, so that sort=activated_at can order all of them',
      }),
      query('GSI1', ['PUT /voicemailprefs/{mailbox}', 'sms-send'], {
        partition: 'number#<org>',
        filters: 'active, capability sms',
        order: 'number',
        note: 'the first of at most 1,000 sends SMS notices of voicemail',
      }),
      query('GSI1', ['POST /numbers/search'], {
        partition: 'number#available',
        serves: 'prefix; country as its calling code',
        filters: 'country (within +1 and +7), type, contains, capabilities',
        order: 'number',
      }),
      query(
        'GSI2',
        [
          'POST /numbers/search',
          'GET|DELETE /siptrunk/{id}',
          'DELETE /devices/{entity}',
          'DELETE /users/{id}',
          'DELETE /groups/{id}',
        ],
        {
          serves: 'route_type (begins with)',
          note: 'routed to a target; own-only callers: to themselves',
        },
      ),
      get([
        'POST /smslogs/push',
        'GET|PUT|POST|DELETE /numbers/{id}',
        'GET|PUT /numbers/{id}/channels',
        'PUT /sms',
        'POST /cdr/{index}',
        'PUT|POST /siptrunk/{id}',
        'PUT|POST /sipgateways/{id}',
        'PUT|POST /mobile/{id}',
        'POST /Calls',
        'sidecar',
        'sweeper',
        'receipts',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  'number-id': {
    keeps: 'the number behind a num_ id',
    table: { partition: 'number-id#<id>', sort: 'number' },
    writes: 'once, with the number',
    reads: [
      get([
        'GET|PUT|POST|DELETE /numbers/{id}',
        'GET|PUT /numbers/{id}/channels',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
    ],
  },
  mobile: {
    keeps: 'a SIM',
    table: { partition: 'mobile#<org>', sort: '<id>' },
    GSI1: { partition: 'mobile#<org>#user#<user>', sort: '<id>', when: 'it has a user' },
    reads: [
      query('table', ['GET /mobile'], { filters: 'status, network, q', order: 'newest first', note: 'at most 10,000' }),
      query('GSI1', ['GET /mobile', 'DELETE /users/{id}'], {
        serves: 'user_id',
        filters: 'status, network',
        order: 'newest first',
      }),
      get(['GET|PUT|POST|DELETE /mobile/{id}', 'jobs']),
    ],
  },
  'mobile-key': {
    keeps: 'the SIM behind an ICCID, IMSI or MSISDN',
    table: { partition: 'mobile-key#<kind>#<number>', sort: 'mobile' },
    writes: 'up to three items, in the transaction of the SIM',
    reads: [get(['GET|PUT|POST|DELETE /mobile/{id}'])],
  },
} as const satisfies SomeLayouts;
