import { decisions, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

const priced = ['cdr-ingest', 'cdr-wholesale', 'sms-send', 'jobs', 'GET /rates/lookup/{number}', 'PUT /sms'] as const;
const balanceOf = ['GET /billingprofile', 'GET /billingprofile/{id}', 'PUT /billingprofile/{id}'] as const;
const callHistory = ['GET /Calls/history', 'GET /Calls/customer/{customerId}/history'] as const;
const cdrFilters = 'disposition, direction, rating_status, min_duration';

/** Profiles, balances, tariffs, CDRs and what is summed from them. */
export const billing = {
  billingprofile: {
    keeps: 'the billing profile of an organization',
    table: { partition: 'billingprofile#<org>', sort: 'profile' },
    GSI1: { partition: 'billingprofile#parent#<parent>', sort: '<org>' },
    GSI2: { partition: 'billingprofile#all', sort: '<org>' },
    unsharded: 'seldom changed: what moves lies in the balance',
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
        'PUT /subscriptions/{entity}/{id}',
        'GET /tariffs',
        'GET|DELETE /tariffs/{id}',
        'GET /profit/numbers',
        'PUT|POST /cdrmunch/task',
        'DELETE /orgs/{id}',
      ]),
      query('GSI1', ['GET /billing-accounts'], { order: 'org_id', note: "a reseller's children, behind its own" }),
      query('GSI1', ['DELETE /tariffs/{id}'], { filters: 'the tariff', note: 'whom a refusal names' }),
      query('GSI2', ['GET /billing-accounts', 'sweeper'], {
        order: 'org_id',
        note: 'the operator; once, those of earlier versions',
      }),
    ],
  },
  balance: {
    keeps: 'credits and reservations in one item, charges of a period in shards that only ADD',
    table: { partition: 'balance#<org>', sort: 'credit | charges#<period>#<shard>' },
    writes: 'one shard in each transaction of charges, whatever the number of CDRs',
    reads: [
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
        { note: 'all of it, strongly consistent; /billing-accounts one per row of the page' },
      ),
    ],
  },
  usage: {
    keeps: 'minutes and SMS used of a period, whether it is open, under a version',
    table: { partition: 'usage#<org>', sort: '<period>' },
    writes: 'only where a tariff includes minutes or a discount goes by volume',
    reads: [get([...balanceOf, ...priced, 'period-close'])],
  },
  chargeday: {
    keeps: 'what calls and SMS of a day were charged, how many, how long; what was booked on it',
    table: { partition: 'chargeday#<org>', sort: '<day>#<shard> | <day>#ledger' },
    writes: 'one ADD in each transaction of charges, and in each of ledger entries',
    reads: [
      query('table', ['GET /billingprofile/{id}/ledger', 'PUT|POST /cdrmunch/task', ...decisions], {
        serves: 'start, end',
        order: 'any',
        note: "366 days at most; estimates; today's spend",
      }),
    ],
  },
  numberday: {
    keeps: 'calls, revenue and cost of a number on a day, as an organization sees them',
    table: { partition: 'numberday#<org>#<label>', sort: '<day>#<currency>#<org>[#<shard>]' },
    GSI1: { partition: 'numberday#<org>[#<shard>]', sort: '<day>#<label>' },
    writes: 'one ADD per number and day in each transaction of CDRs; that of the seller in its own step',
    reads: [
      query('table', ['GET /profit/numbers'], { serves: 'number, start, end' }),
      query('GSI1', ['GET /profit/numbers'], {
        serves: 'start, end',
        order: 'any',
        note: '100,000 at most; profit, revenue, cost and calls are sorted after summing',
      }),
    ],
  },
  credit: {
    keeps: 'that a credit of a reference was booked, and the answer',
    table: { partition: 'credit#<org>', sort: '<label>' },
    reads: [get(['POST /billingprofile/{id}/credit'])],
  },
  ledger: {
    keeps: 'an entry that moved the balance, but calls and SMS',
    table: { partition: 'ledger#<org>', sort: '<id>' },
    GSI1: { partition: 'ledger#<org>', sort: '<time>#<id>' },
    GSI2: { partition: 'ledger#<org>#<type>', sort: '<time>#<id>' },
    reads: [
      query('GSI1', ['GET /billingprofile/{id}/ledger'], { serves: 'start, end', order: 'newest first' }),
      query('GSI2', ['GET /billingprofile/{id}/ledger'], { serves: 'type, start, end', order: 'newest first' }),
      get(
        ['period-close', 'POST /billingprofile/{id}/credit', 'PUT|POST /numbers/{id}'],
        'ids derive from what is booked: nothing is booked twice',
      ),
    ],
  },
  tariff: {
    keeps: 'a tariff: its present version without rates',
    table: { partition: 'tariff#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /tariffs'], {
        filters: 'kind, q',
        order: 'newest first',
        note: '100 at most, read whole and answered by name; and the one of the profile',
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
    keeps: 'that a tariff name is taken',
    table: { partition: 'tariff-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /tariffs/{id}', 'PUT /billingprofile/{id}'])],
  },
  'tariff-trunk': {
    keeps: 'the cost tariff of a trunk',
    table: { partition: 'tariff-trunk#<org>', sort: '<label>' },
    writes: 'one item per trunk of a cost tariff',
    reads: [get(['cdr-ingest', 'PUT|DELETE /tariffs/{id}', 'jobs'])],
  },
  tariffchunk: {
    keeps: 'rates of one version of a tariff, by prefix; immutable',
    table: { partition: 'tariffchunk#<org>#<tariff>#<version>', sort: '<part>' },
    writes: 'some ten parts in the transaction of a version: rates are packed, so that 20,000 fit',
    reads: [
      query('table', [...priced, ...decisions, 'GET /tariffs/{id}'], {
        serves: 'version',
        filters: 'prefix',
        order: 'prefix',
        note: 'consumers keep compiled versions',
      }),
    ],
  },
  cdr: {
    keeps: 'a CDR with its rating; the id is made of its identity, so it is there once',
    table: { partition: 'cdr#<org>#<id>', sort: 'cdr' },
    GSI1: { partition: 'cdr#<org>[#<shard>]', sort: '<start>#<id>' },
    GSI2: [
      { partition: 'cdr#<org>[#<shard>]#unrated', sort: '<start>#<id>', when: 'unrated' },
      {
        partition: 'cdr#<org>[#<shard>]#unrated#wholesale',
        sort: '<start>#<id>',
        when: 'only the reseller has no price for it',
      },
    ],
    writes: 'three items per CDR in one transaction: cdr, cdrparty, cdrcall; so some 30 CDRs in each',
    reads: [
      get(
        ['GET /cdr/{id}', 'GET /cdr', 'POST /cdr/{index}', 'cdr-ingest', 'cdr-wholesale', 'jobs'],
        'a page found by a pointer: one BatchGetItem per 100',
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
    keeps: 'a pointer to a CDR by callee, caller and trunk, with the fields that lists filter by',
    table: { partition: 'cdrparty#<org>[#<shard>]#callee#<party>', sort: '<start>#<id>' },
    GSI1: { partition: 'cdrparty#<org>[#<shard>]#caller#<party>', sort: '<start>#<id>' },
    GSI2: { partition: 'cdrparty#<org>[#<shard>]#trunk#<label>', sort: '<start>#<id>', when: 'it has a trunk_id' },
    writes: 'with its CDR; removed with it',
    reads: [
      query('table', ['GET /cdr'], {
        serves: 'callee or number, start, end',
        filters: cdrFilters,
        order: 'start_time',
        note: 'number: both sides merged by the sort key, a CDR that has it on both once',
      }),
      query('GSI1', ['GET /cdr'], { serves: 'caller or number, start, end', filters: cdrFilters, order: 'start_time' }),
      query('GSI2', ['GET /cdr'], { serves: 'trunk_id, start, end', filters: cdrFilters, order: 'start_time' }),
    ],
  },
  cdrcall: {
    keeps: 'a pointer to a CDR by call, user and batch, with the fields that lists filter by',
    table: { partition: 'cdrcall#<org>#<party>', sort: '<leg>' },
    GSI1: { partition: 'cdrcall#<org>#user#<label>', sort: '<start>#<id>', when: 'it has a user_id' },
    GSI2: { partition: 'cdrcall#<org>#batch#<party>', sort: '<start>#<id>', when: 'it has a batch_id' },
    writes: 'with its CDR; removed with it',
    unsharded: 'one user makes few calls at once, and one batch is filed in pieces of 1,000',
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
    keeps: 'what became of a batch, counted',
    table: { partition: 'cdrbatch#<org>[#<shard>]', sort: '<party>' },
    writes: 'one ADD in each transaction of a batch',
    reads: [get(['GET /cdr', 'POST /cdr/{index}', 'cdr-ingest'], 'all shards at once')],
  },
  cdrrejection: {
    keeps: 'the records of a message that were not taken, 30 days: once, as the id is made of that of the message',
    table: { partition: 'cdrrejection#<org>#<party>', sort: '<id>' },
    reads: [
      query('table', ['GET /cdr'], {
        serves: 'batch_id',
        order: 'newest first',
        note: '100 at most; records without a batch lie under `-`',
      }),
    ],
  },
  cdrtask: {
    keeps: 'a munch task',
    table: { partition: 'cdrtask#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /cdrmunch/task'], {
        filters: 'state, task_type',
        order: 'newest first',
        note: '90 days of them',
      }),
      get(['PUT|POST /cdrmunch/task', 'GET /cdrmunch/task/{id}', 'jobs']),
    ],
  },
  'cdrtask-live': {
    keeps: 'the ranges of the tasks of an organization that are not over, under a version',
    table: { partition: 'cdrtask-live#platform', sort: '<org>' },
    writes: 'in the transaction of the task: two that overlap meet here',
    unsharded: '10 queued tasks per organization at most',
    reads: [
      get(['PUT|POST /cdrmunch/task', 'DELETE /orgs/{id}', 'jobs']),
      query('table', ['PUT|POST /cdrmunch/task'], { note: 'what any task holds, of whatever organization' }),
    ],
  },
  export: {
    keeps: 'an export job',
    table: { partition: 'export#<org>', sort: '<id>' },
    reads: [get(['POST /cdr/export', 'GET /cdr/export/{jobId}', 'GET /cdr/{id}', 'jobs'])],
  },
} as const satisfies SomeLayouts;
