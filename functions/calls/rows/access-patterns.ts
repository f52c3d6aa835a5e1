import { decisions, get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Calls in progress and phone lines; the past of calls is in the CDRs. */
export const calls = {
  call: {
    keeps: 'a call, 30 days beyond its end',
    table: { partition: 'call#<org>#<id>', sort: 'call' },
    GSI1: { partition: 'call#<org>[#<shard>]#live', sort: '<id>', when: 'in progress' },
    GSI2: { partition: 'call#owner#<task>', sort: '<id>', when: 'in progress' },
    writes: 'one write per state, with its event',
    reads: [
      get([
        'POST /Calls',
        'GET /Calls/{callId}',
        'POST /Calls/{callId}/actions',
        'DELETE /Calls/{callId}',
        'sidecar',
        'GET|POST /logs/{entity+}',
        'GET|PUT /events/{entity+}',
      ]),
      query('GSI1', ['GET /Calls', 'DELETE /siptrunk/{id}', 'DELETE /devices/{entity}', 'DELETE /sipgateways/{id}'], {
        filters: 'status, number, user_id, gateway',
        order: 'newest first',
        note: 'as many as max_concurrent_calls; force hangs up',
      }),
      query('GSI2', ['sidecar'], { note: 'takeover of a dead task' }),
    ],
  },
  channel: {
    keeps: 'how many calls an organization, trunk, gateway, number or device has in progress, each direction',
    table: { partition: 'channel#<org>', sort: 'organization | <resource>' },
    unsharded: 'an item takes 1,000 writes a second, which are 500 calls; a limit needs one counter',
    writes: 'an ADD for each resource of a call, in the transactions that begin and end it',
    reads: [
      query(
        'table',
        [
          ...decisions,
          'sidecar',
          'GET|PUT /numbers/{id}/channels',
          'DELETE /siptrunk/{id}',
          'DELETE /sipgateways/{id}',
          'DELETE /numbers/{id}',
          'DELETE /orgs/{id}',
          'PUT /devices/reboot/{deviceId}',
          'POST /Calls',
        ],
        { serves: 'the resource' },
      ),
    ],
  },
  dialog: {
    keeps: 'a SIP dialog of a call or of a subscription to a state, for the task that takes it over',
    table: { partition: 'dialog#<org>#<thing>', sort: '<leg> | <hash>' },
    GSI1: { partition: 'dialog#<org>#watch#<thing>', sort: '<hash>', when: 'it watches an extension or a mailbox' },
    GSI2: { partition: 'dialog#owner#<task>', sort: '<id>#<leg> | <hash>' },
    reads: [
      query('table', ['sidecar'], { note: 'the legs of a call' }),
      query('GSI1', ['sidecar'], { note: 'whom to notify' }),
      query('GSI2', ['sidecar'], { note: 'takeover of a dead task' }),
    ],
  },
  phone: {
    keeps: 'a phone line, 24 hours beyond its end',
    table: { partition: 'phone#<org>', sort: '<phone>' },
    GSI1: { partition: 'phone#<org>#live', sort: '<time>#<phone>', when: 'live' },
    GSI2: { partition: 'phone#<org>#user#<user>', sort: '<time>#<phone>', when: 'live' },
    reads: [
      query('GSI1', ['GET /Phones', 'DELETE /domains/{id}', 'jobs'], { order: 'newest first', note: '1,000 at most' }),
      query('GSI2', ['GET /Phones', 'POST /Phones', 'PUT|POST /devices/{entity}', 'DELETE /users/{id}'], {
        serves: 'own-only',
        order: 'newest first',
        note: 'deviceLimit',
      }),
      get([
        'GET|DELETE /Phones/{username}',
        'GET|PUT|DELETE /subscriptions/{entity}/{id}',
        'POST /Calls',
        'POST /Calls/{callId}/actions',
        'sidecar',
        'GET /events/{entity+}',
      ]),
    ],
  },
} as const satisfies SomeLayouts;
