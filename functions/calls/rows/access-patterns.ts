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
        'GET /events/{entity+}',
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
    table: { partition: 'channel#<org>', sort: '<thing>#<shard>' },
    writes: 'up to four ADDs in the transactions that begin and end a call',
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
        { serves: 'the resource', note: 'one shard unless the organization has more' },
      ),
    ],
  },
  dialog: {
    keeps: 'a SIP dialog of a call or of a subscription to a state, for the task that takes it over',
    table: { partition: 'dialog#<org>#<thing>', sort: '<hash>' },
    GSI1: { partition: 'dialog#<org>#watch#<thing>', sort: '<hash>', when: 'it watches an extension or a mailbox' },
    GSI2: { partition: 'dialog#owner#<task>', sort: '<hash>' },
    reads: [
      query('table', ['sidecar'], { note: 'the legs of a call' }),
      query('GSI1', ['sidecar'], { note: 'whom to notify' }),
      query('GSI2', ['sidecar'], { note: 'takeover of a dead task' }),
    ],
  },
  listener: {
    keeps: "a sidecar task that holds listeners of an organization's events",
    table: { partition: 'listener#<org>', sort: '<task>' },
    reads: [query('table', ['change-feed'], {})],
  },
  phone: {
    keeps: 'a phone line, 24 hours beyond its end',
    table: { partition: 'phone#<org>', sort: '<phone>' },
    GSI1: { partition: 'phone#<org>#live', sort: '<time>#<phone>', when: 'live' },
    GSI2: { partition: 'phone#<org>#user#<user>', sort: '<time>#<phone>', when: 'live' },
    reads: [
      query('GSI1', ['GET /Phones'], { order: 'newest first', note: '1,000 at most' }),
      query('GSI2', ['GET /Phones', 'POST /Phones', 'DELETE /users/{id}'], {
        serves: 'own-only',
        order: 'newest first',
        note: 'deviceLimit',
      }),
      get(['GET|DELETE /Phones/{username}', 'POST /Calls', 'sidecar', 'GET /events/{entity+}']),
    ],
  },
} as const satisfies SomeLayouts;
