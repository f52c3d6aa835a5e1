import { evaluations, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/**
 * Organizations, domains, networks. Lists of everything within reach use an index by parent, and for the operator one
 * of all.
 */
export const orgs = {
  organization: {
    keeps: 'an organization',
    table: { partition: 'organization#<org>', sort: 'organization' },
    GSI1: { partition: 'organization#parent#<parent>', sort: '<org>' },
    GSI2: { partition: 'organization#all', sort: '<org>' },
    unsharded: 'a few writes a day each',
    reads: [
      get([
        'pipeline',
        ...evaluations,
        'sidecar',
        'cdr-ingest',
        'email-send',
        'uploads',
        'GET|POST|DELETE /orgs/{id}',
        'GET|PUT /orgs',
        'GET|POST /users/{id}',
        'POST|DELETE /groups/{id}',
        'PUT /groups/{id}/members',
        'DELETE /groups/{id}/members/{userId}',
        'PUT /permissions/{entity}',
        'PUT|POST|DELETE /clientaccess/{entity}',
        'GET|POST /auth/{entity}',
        'POST /auth/login',
        'POST|DELETE /auth/twofactor',
        'POST /auth/password/reset',
        'GET|POST /auth/salesforce',
        'GET /auth/session',
        'GET|PUT /billingprofile/{id}',
        'POST /billingprofile/{id}/credit',
        'GET /billingprofile/{id}/ledger',
        'GET /rates/lookup/{number}',
        'POST /cdr/{index}',
        'GET /health',
        'PUT|POST /cdrmunch/task',
        'jobs',
      ]),
      query('GSI1', ['GET /orgs'], {
        serves: 'parent_id',
        filters: 'q, type, status',
        order: 'org_id',
        note: 'a reseller: itself and these; `q` reads at most 10,000, the most that a reseller may have',
      }),
      query('GSI2', ['GET /orgs', 'retention'], { filters: 'q, type, status', order: 'org_id', note: 'the operator' }),
      query('GSI1', ['PUT|POST /cdrmunch/task', 'jobs'], { order: 'org_id', note: 'org_id "all", of a reseller' }),
      query('GSI2', ['PUT|POST /cdrmunch/task', 'jobs'], { order: 'org_id', note: 'org_id "all", of the operator' }),
    ],
  },
  'organization-name': {
    keeps: 'a name among the children of one parent',
    table: { partition: 'organization-name#<parent>', sort: '<name>' },
    reads: [get(['PUT /orgs', 'POST|DELETE /orgs/{id}'])],
  },
  'organization-alias': {
    keeps: 'an alias, for ever',
    table: { partition: 'organization-alias#<alias>', sort: 'alias' },
    reads: [get(['PUT /orgs', 'POST /orgs/{id}'])],
  },
  domain: {
    keeps: 'a domain of an organization',
    table: { partition: 'domain#<org>', sort: '<id>' },
    GSI1: { partition: 'domain#parent#<parent>', sort: '<id>' },
    GSI2: { partition: 'domain#all', sort: '<id>' },
    unsharded: 'few writes',
    reads: [
      query(
        'table',
        [
          'GET /domains',
          'PUT|POST|DELETE /domains/{id}',
          'POST /domains/{id}/verify',
          'PUT|POST /devices/{entity}',
          'POST /Phones',
          'jobs',
        ],
        {
          serves: 'organization_id',
          filters: 'status',
          order: 'newest first',
          note: 'at most 100; a change reads all, with their number of changes as condition',
        },
      ),
      query('GSI1', ['GET /domains'], {
        filters: 'status',
        order: 'newest first',
        note: "a reseller's children, merged with its own",
      }),
      query('GSI2', ['GET /domains', 'sweeper'], {
        filters: 'status',
        order: 'newest first',
        note: 'the operator; expiring certificates',
      }),
      get([
        'GET|PUT /domains/{id}',
        'PUT /email',
        'POST /orgs/{id}',
        'GET|POST /logs/{entity+}',
        'GET /events/{entity+}',
      ]),
    ],
  },
  'domain-name': {
    keeps: 'who claims a domain name: one item per organization, and `active` for the one that verified it',
    table: { partition: 'domain-name#<host>', sort: '<org> | active' },
    writes: 'with the domain, in one transaction; verification creates `active` under a condition',
    reads: [
      get(
        [
          'sidecar',
          'PUT|POST|DELETE /domains/{id}',
          'POST /dialplan/freeswitch',
          'PUT /email',
          'POST /orgs/{id}',
          'POST /Calls',
          'POST /Calls/{callId}/actions',
          'POST /Phones',
        ],
        'the organization of a realm or a sender',
      ),
      query('table', ['jobs'], { note: 'claims of others, which become inactive after a verification' }),
    ],
  },
  orgip: {
    keeps: 'an allowed or blocked network of an organization',
    table: { partition: 'orgip#<org>', sort: '<id>' },
    GSI1: { partition: 'orgip#parent#<parent>', sort: '<id>' },
    GSI2: { partition: 'orgip#all', sort: '<id>' },
    unsharded: 'few writes',
    reads: [
      query('table', ['GET /orgips/index', 'sidecar'], {
        serves: 'organization_id',
        filters: 'type',
        order: 'newest first',
        note: 'at most 500; the sidecar caches them for 20 s',
      }),
      query('GSI1', ['GET /orgips/index'], {
        filters: 'type',
        order: 'newest first',
        note: "a reseller's children, merged with its own",
      }),
      query('GSI2', ['GET /orgips/index'], { filters: 'type', order: 'newest first', note: 'the operator' }),
      get(['GET|PUT|POST|DELETE /orgips/{entity}']),
    ],
  },
  'orgip-network': {
    keeps: 'a listed network',
    table: { partition: 'orgip-network#<org>', sort: '<network>' },
    reads: [get(['PUT|POST|DELETE /orgips/{entity}'])],
  },
  'orgip-use': {
    keeps: 'the SIP requests from a network in one hour, for 24 hours',
    table: { partition: 'orgip-use#<org>#<id>', sort: '<hour>' },
    writes: 'each task adds its counts every 30 s',
    reads: [query('table', ['GET /orgips/{entity}'], { order: 'newest first' })],
  },
} as const satisfies SomeLayouts;
