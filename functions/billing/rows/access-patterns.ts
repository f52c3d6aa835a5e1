import { decisions, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

const priced = ['cdr-ingest', 'cdr-wholesale', 'sms-send', 'jobs', 'GET /rates/lookup/{number}', 'PUT /sms'] as const;
const balanceOf = ['GET /billingprofile', 'GET /billingprofile/{id}', 'PUT /billingprofile/{id}'] as const;
const callHistory = ['GET /Calls/history', 'GET /Calls/customer/{customerId}/history'] as const;
const cdrFilters = 'disposition, direction, rating_status, min_duration';

/** Profiles, balances, tariffs, CDRs and their sums. */
export const billing = {
  billingprofile: {
    keeps: 'the billing profile of an organization',
    table: { partition: 'billingprofile#<org>', sort: 'profile' },
    GSI1: { partition: 'billingprofile#parent#<parent>', sort: '<org>' },
    GSI2: { partition: 'billingprofile#all', sort: '<org>' },
    unsharded: 'changed rarely: amounts that move are in the balance',
    reads: [
      get([
        ...balanceOf,
        ...priced,
        ...decisions,
        'period-close',
        'POST /billingprofile/{id}/credit',
        'GET /billingprofile/{id}/ledger',
        'GET /billing-accounts',
        'PUT /orgs',
        'PUT|POST /numbers/{id}',
        'PUT|POST /dialplan/policy',
        'POST /dialplan/policy/restore',
        'PUT /email',
        'PUT /voicemailprefs/{mailbox}',
        'email-send',
        'GET|PUT|DELETE /subscriptions/{entity}/{id}',
        'GET /tariffs',
        'GET|DELETE /tariffs/{id}',
        'GET /profit/numbers',
        'PUT|POST /cdrmunch/task',
        'DELETE /orgs/{id}',
      ]),
      query('GSI1', ['GET /billing-accounts'], {
        order: 'org_id',
        note: "a reseller's children, after its own account",
      }),
      query('GSI1', ['DELETE /tariffs/{id}'], {
        filters: 'the tariff',
        note: 'the organizations that TARIFF_IN_USE names',
      }),
      query('GSI2', ['GET /billing-accounts', 'sweeper'], {
        order: 'org_id',
        note: 'all accounts, for the operator; timers for profiles of earlier versions, once',
      }),
    ],
  },
  balance: {
    keeps: 'credits and the sums of reservations in one item, charges of a period in ADD-only shards',
    table: { partition: 'balance#<org>', sort: 'credit | charges#<period>#<shard>' },
    writes:
      'one shard per transaction of charges, whatever the number of its CDRs; the one item of credits with each ' +
      'reservation of a call, about 40 a second, and with each transaction that ends some',
    reads: [
      get(decisions, 'the item of credits, with the session: before the charges, never after'),
      query(
        'table',
        [
          ...balanceOf,
          ...priced,
          ...decisions,
          'GET /billing-accounts',
          'POST /billingprofile/{id}/credit',
          'GET /billingprofile/{id}/ledger',
          'DELETE /orgs/{id}',
          'PUT|POST /numbers/{id}',
          'POST /Calls',
          'period-close',
        ],
        { note: 'the whole balance, strongly consistent; /billing-accounts: one query per row of the page' },
      ),
    ],
  },
  usage: {
    keeps: 'included minutes that a period has used, under a version; included SMS; when it was closed',
    table: { partition: 'usage#<org>', sort: '<period>' },
    writes: 'only for tariffs with included minutes or SMS, and discounts by volume',
    reads: [get([...balanceOf, ...priced, 'period-close'])],
  },
  chargeday: {
    keeps: 'charges, number and billed seconds of the calls of a day; the sum of its ledger entries',
    table: { partition: 'chargeday#<org>', sort: '<day>#<shard> | <day>#<shard>#<day> | <day>#ledger' },
    writes: 'one ADD per transaction of charges, and one per transaction of ledger entries',
    reads: [
      query('table', ['GET /billingprofile/{id}/ledger', 'PUT|POST /cdrmunch/task', ...decisions], {
        serves: 'start, end',
        order: 'any',
        note: "at most 366 days; estimates of tasks; today's spend",
      }),
    ],
  },
  numberday: {
    keeps: 'calls, revenue and cost of a number on a day, from the view of an organization',
    table: {
      partition: 'numberday#<org>#<label>',
      sort: '<day>#<currency>#<org>[#<shard>] | <day>#<currency>#<org>[#<shard>]#<day>',
    },
    GSI1: { partition: 'numberday#<org>[#<shard>]', sort: '<day>#<label>' },
    writes: 'one ADD per number and day in each transaction of CDRs; for the reseller in a step of its own',
    reads: [
      query('table', ['GET /profit/numbers'], { serves: 'number, start, end' }),
      query('GSI1', ['GET /profit/numbers'], {
        serves: 'start, end',
        order: 'any',
        note: 'at most 100,000; sorting by profit, revenue, cost or calls follows the summing',
      }),
    ],
  },
  credit: {
    keeps: 'the ledger entry that a reference was booked as',
    table: { partition: 'credit#<org>', sort: '<label>' },
    reads: [get(['POST /billingprofile/{id}/credit'])],
  },
  ledger: {
    keeps: 'a ledger entry: a payment, correction, minimum or fee',
    table: { partition: 'ledger#<org>', sort: '<id>' },
    GSI1: { partition: 'ledger#<org>', sort: '<time>#<id>' },
    GSI2: { partition: 'ledger#<org>#<type>', sort: '<time>#<id>' },
    reads: [
      query('GSI1', ['GET /billingprofile/{id}/ledger'], { serves: 'start, end', order: 'newest first' }),
      query('GSI2', ['GET /billingprofile/{id}/ledger'], { serves: 'type, start, end', order: 'newest first' }),
      get(
        ['period-close', 'POST /billingprofile/{id}/credit', 'PUT|POST /numbers/{id}'],
        'ids derive from what is booked, so that nothing is booked twice',
      ),
    ],
  },
  tariff: {
    keeps: 'the current version of a tariff, without rates',
    table: { partition: 'tariff#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /tariffs'], {
        filters: 'kind, q',
        order: 'newest first',
        note: 'at most 100, read whole and ordered by name; and the one of the profile',
      }),
      get([
        ...priced,
        ...decisions,
        ...balanceOf,
        'GET /tariffs',
        'GET|PUT|DELETE /tariffs/{id}',
        'PUT /subscriptions/{entity}/{id}',
        'PUT|POST /cdrmunch/task',
      ]),
    ],
  },
  'tariff-name': {
    keeps: 'the tariff that has a name',
    table: { partition: 'tariff-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /tariffs/{id}', 'PUT /billingprofile/{id}'])],
  },
  'tariff-trunk': {
    keeps: 'the cost tariff that prices a trunk',
    table: { partition: 'tariff-trunk#<org>', sort: '<label>' },
    writes: 'one item per trunk of a cost tariff',
    reads: [get(['cdr-ingest', 'PUT|DELETE /tariffs/{id}', 'jobs'])],
  },
  tariffchunk: {
    keeps: 'rates of one version of a tariff, by prefix; never changed',
    table: { partition: 'tariffchunk#<org>#<tariff>#<version>', sort: '<part>' },
    writes: 'about ten parts in the transaction of a version: rates are compressed, so that 20,000 fit',
    reads: [
      query('table', [...priced, ...decisions, 'GET /tariffs/{id}'], {
        serves: 'version',
        filters: 'prefix',
        order: 'prefix',
        note: 'consumers cache compiled versions',
      }),
    ],
  },
  cdr: {
    keeps: 'a CDR with its rating; the id derives from its identity, so that it is stored once',
    table: { partition: 'cdr#<org>#<id>', sort: 'cdr' },
    GSI1: { partition: 'cdr#<org>[#<shard>]', sort: '<start>#<id>' },
    GSI2: [
      { partition: 'cdr#<org>[#<shard>]#unrated', sort: '<start>#<id>', when: 'unrated' },
      {
        partition: 'cdr#<org>[#<shard>]#unrated#wholesale',
        sort: '<start>#<id>',
        when: 'only the wholesale rating of the reseller is missing',
      },
    ],
    writes: 'three items per CDR in one transaction: cdr, cdrparty, cdrcall; so about 30 CDRs in each',
    reads: [
      get(
        ['GET /cdr/{id}', 'GET /cdr', ...callHistory, 'POST /cdr/{index}', 'cdr-ingest', 'cdr-wholesale', 'jobs'],
        'the CDRs of a page of pointers: one BatchGetItem per 100',
      ),
      query('GSI1', ['GET /cdr'], {
        serves: 'start, end',
        filters: cdrFilters,
        order: 'start_time, newest or oldest first',
      }),
      query('GSI1', callHistory, {
        serves: 'start_date, end_date',
        filters: 'status, leg',
        order: 'start_time, newest first',
      }),
      query('GSI1', ['POST /dialplan/evaluate/batch', 'jobs', 'retention'], {
        serves: 'start, end',
        filters: 'direction',
        order: 'newest or oldest first',
        note: 'replay, export, munch tasks',
      }),
      query('GSI2', ['GET /cdr', 'jobs'], {
        partition: 'cdr#<org>[#<shard>]#unrated',
        serves: 'rating_status=unrated, start, end',
        filters: 'the others',
        order: 'start_time',
      }),
      query('GSI2', ['jobs'], {
        partition: 'cdr#<org>[#<shard>]#unrated#wholesale',
        serves: 'start, end',
        order: 'oldest first',
        note: 'munch tasks',
      }),
    ],
  },
  cdrparty: {
    keeps: 'a pointer to a CDR by callee, caller and trunk, with the fields of the filters',
    table: { partition: 'cdrparty#<org>[#<shard>]#callee#<party>', sort: '<start>#<id>' },
    GSI1: { partition: 'cdrparty#<org>[#<shard>]#caller#<party>', sort: '<start>#<id>' },
    GSI2: { partition: 'cdrparty#<org>[#<shard>]#trunk#<label>', sort: '<start>#<id>', when: 'it has a trunk_id' },
    writes: 'created and deleted with its CDR',
    reads: [
      query('table', ['GET /cdr'], {
        serves: 'callee or number, start, end',
        filters: cdrFilters,
        order: 'start_time',
        note: 'number: both parties merged by the sort key, a CDR that has the number as both only once',
      }),
      query('GSI1', ['GET /cdr'], { serves: 'caller or number, start, end', filters: cdrFilters, order: 'start_time' }),
      query('GSI2', ['GET /cdr'], { serves: 'trunk_id, start, end', filters: cdrFilters, order: 'start_time' }),
    ],
  },
  cdrcall: {
    keeps: 'a pointer to a CDR by call, user and batch, with the fields of the filters',
    table: { partition: 'cdrcall#<org>#<party>', sort: '<leg>' },
    GSI1: { partition: 'cdrcall#<org>#user#<label>', sort: '<start>#<id>', when: 'it has a user_id' },
    GSI2: { partition: 'cdrcall#<org>#batch#<party>', sort: '<start>#<id>', when: 'it has a batch_id' },
    writes: 'created and deleted with its CDR',
    unsharded: 'one user makes few calls at once, and a batch is filed in requests of up to 1,000 records',
    reads: [
      query('table', ['GET /cdr'], { serves: 'call_id', filters: 'start, end', order: 'leg' }),
      query('GSI1', ['GET /cdr', ...callHistory], {
        serves: 'user_id, start, end',
        filters: cdrFilters,
        order: 'start_time',
        note: 'own-only callers; a customer that is a user',
      }),
      query('GSI2', ['GET /cdr'], { serves: 'batch_id, start, end', filters: cdrFilters, order: 'start_time' }),
    ],
  },
  cdrbatch: {
    keeps: 'the counts of a batch by outcome',
    table: { partition: 'cdrbatch#<org>[#<shard>]', sort: '<party>' },
    writes: 'one ADD per transaction of a batch',
    reads: [get(['GET /cdr', 'POST /cdr/{index}', 'cdr-ingest'], 'all shards in one BatchGetItem')],
  },
  cdrrejection: {
    keeps: 'the rejected records of a message, 30 days; the id derives from the message, so that they are stored once',
    table: { partition: 'cdrrejection#<org>#<party>', sort: '<id>' },
    reads: [
      query('table', ['GET /cdr'], {
        serves: 'batch_id',
        order: 'newest first',
        note: 'at most 100; records without a batch are under `-`',
      }),
    ],
  },
} as const satisfies SomeLayouts;
