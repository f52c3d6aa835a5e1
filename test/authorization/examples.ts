import { globSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../system/people.ts';
import { plain, textAt, type Example, type Place } from '../support/example-request.ts';
import { newTrunk } from '../../functions/telephony/sip-trunks/example-requests.fixture.ts';

const policyBody = ({ mark, unique }: Place) => ({
  name: `${mark} ${unique()}`,
  description: mark,
  conditions: { pattern: '^1800[0-9]{7}$' },
  actions: { allow: true, gateway: 'pstn' },
});
const newPolicy = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/dialplan/policy', policyBody(place)), 'policy', 'id');

/** Two calls that a policy decides which logs them; lines follow the answers. */
async function newLogLines(place: Place): Promise<void> {
  await place.call('PUT', '/dialplan/policy', {
    ...policyBody(place),
    status: 'active',
    conditions: { pattern: '^1800555010[01]$' },
    actions: { allow: true, gateway: 'pstn', log: true },
  });
  for (const called of ['18005550100', '18005550101']) await place.call('POST', '/dialplan/evaluate', { called });
  await eventually(
    async () => Number(textAt(await place.call('GET', `/logs/org/${place.organization}`), 'data', 'total')) >= 2,
    10_000,
  );
}

/** E-mails of calls that policies notify of, each of one; they follow the answers. @returns the id of the newest */
async function newEmails(place: Place): Promise<string> {
  for (const called of ['18005550102', '18005550103']) {
    const actions = { allow: true, gateway: 'pstn', notify: [`${place.unique()}@example.com`] };
    await place.call('PUT', '/dialplan/policy', {
      ...policyBody(place),
      status: 'active',
      conditions: { pattern: `^${called}$` },
      actions,
    });
    await place.call('POST', '/dialplan/evaluate', { called });
  }
  await eventually(async () => Number(textAt(await place.call('GET', '/email?status=sent'), 'total')) >= 2, 20_000);
  return textAt(await place.call('GET', '/email?limit=1'), 'data', '0', 'email_id');
}

async function changedPolicy(place: Place): Promise<string> {
  const id = await newPolicy(place);
  await place.call('POST', '/dialplan/policy', { id, priority: 7 });
  return id;
}
const archived: Example = {
  ask: async (place) => {
    const id = await changedPolicy(place);
    await place.call('POST', '/dialplan/policy', { id, priority: 8 });
    return { query: { limit: '1', entity_id: id, type: 'policy' } };
  },
};

const templateBody = ({ mark }: Place) => ({
  name: mark,
  rules: [{ priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' }],
});

const tariffBody = ({ mark, unique }: Place) => ({
  name: `${mark} ${unique()}`,
  currency: 'USD',
  rates: [{ prefix: '1', price_per_minute: '0.010000' }],
});

const hoursAgo = (hours: number): string => `${new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19)}Z`;
const batchBody = ({ unique }: Place) => ({
  records: [
    {
      call_id: unique(),
      caller: '+12125550100',
      callee: '+14155550100',
      start_time: hoursAgo(2),
      end_time: hoursAgo(1),
      disposition: 'NO ANSWER',
      duration: 3_600,
      billable_seconds: 0,
    },
  ],
});

const newMember = ({ people, organization, mark }: Place): Promise<Member> =>
  people.join(organization, 'viewer', { first_name: mark });
const newKey = async (place: Place, owner: Member): Promise<string> =>
  textAt(await (await place.callAs(owner))('PUT', '/accesskeys', { name: place.unique(), detail: place.mark }), 'id');

const groupBody = ({ mark, unique }: Place) => ({ name: unique(), description: mark });
const newGroup = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/groups', groupBody(place)), 'data', 'id');

const organizationBody = ({ unique }: Place) => ({ name: unique(), country: 'US', timezone: 'UTC' });

const exportBody = () => ({ start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' });
/** An export that is over: few may be at work at once. */
async function endedExport(place: Place): Promise<string> {
  const id = textAt(await eventually(() => place.call('POST', '/cdr/export', exportBody()), 60_000), 'data', 'job_id');
  await eventually(
    async () => textAt(await place.call('GET', `/cdr/export/${id}`), 'data', 'status') === 'completed',
    60_000,
  );
  return id;
}
const logEntry = (mark: string) => ({ event_type: 'door.opened', description: mark });
const newLogEntry = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', `/eventlog/${place.organization}`, logEntry(place.mark)), 'data', 'event_log_id');

/**
 * One valid request for each endpoint. Authorization, tenancy and fuzzing start from them, so an endpoint without one
 * has no proof: `test/checks/endpoint-proofs.test.ts` counts.
 */
const examplesHere: Readonly<Record<string, Example>> = {
  'GET /.well-known/jwks.json': plain(),
  'GET /health': plain(),
  'GET /openapi.json': plain(),
  'GET /documentation': plain(),
  'GET /documentation/redoc': plain(),
  'GET /documentation/swagger': plain(),
  'GET /documentation/simulator': plain(),
  // Names hold a hash of the content: any other is 404, to everybody.
  'GET /documentation/assets/{file}': plain({ params: { file: 'swagger.js' } }),
  'ANY /errors': plain({ query: { code: '409' } }),

  // A service account's secret costs no slow hash, and its log-in locks nobody out.
  'GET /auth/{entity}': {
    ask: async ({ people, organization }) => ({
      params: { entity: 'service' },
      query: await people.employ(organization),
    }),
  },
  'POST /auth/{entity}': {
    ask: async ({ people, organization }) => ({
      params: { entity: 'service' },
      body: await people.employ(organization),
    }),
  },
  // Nobody's password.
  'POST /auth/login': { ask: ({ unique }) => ({ body: { username: unique(), password: 'Wrong-Horse-Battery-9' } }) },
  'DELETE /auth': plain(),
  'GET /auth/session': plain(),
  'GET /auth/sessions': {
    ask: async (place) => {
      const owner = await newMember(place);
      await place.people.signIn(owner);
      return { owner };
    },
  },
  'DELETE /auth/sessions/{id}': {
    ask: async (place) => {
      const owner = await newMember(place);
      return {
        params: { id: textAt(await (await place.callAs(owner))('GET', '/auth/session'), 'data', 'session_id') },
        owner,
      };
    },
  },

  'GET /accesskeys': {
    ask: async (place) => {
      const owner = await newMember(place);
      await newKey(place, owner);
      await newKey(place, owner);
      return { query: { limit: '1' }, owner };
    },
  },
  'PUT /accesskeys': {
    // Keys are made at home.
    cells: { operator: 'rule' },
    ask: async (place) => ({ body: { name: place.unique(), scopes: [] }, owner: await newMember(place) }),
  },
  'DELETE /accesskeys/{id}': {
    ask: async (place) => {
      const owner = await newMember(place);
      return { params: { id: await newKey(place, owner) }, owner };
    },
  },
  'POST /accesskeys/{id}/rotate': {
    ask: async (place) => {
      const owner = await newMember(place);
      return { params: { id: await newKey(place, owner) }, body: { overlap_hours: 0 }, owner };
    },
  },

  'GET /users': {
    ask: async (place) => ({
      query: { limit: '1', role: 'viewer', q: (await newMember(place)).user.username.slice(0, 6) },
    }),
  },
  'PUT /users': { ask: ({ unique, mark }) => ({ body: { username: unique(), first_name: mark } }) },
  'GET /users/{id}': { ask: async (place) => ({ params: { id: (await newMember(place)).user.id } }) },
  'POST /users/{id}': {
    ask: async (place) => ({ params: { id: (await newMember(place)).user.id }, body: { first_name: place.mark } }),
  },
  'DELETE /users/{id}': { ask: async (place) => ({ params: { id: (await newMember(place)).user.id } }) },
  'POST /users/{id}/password': {
    // Another's needs users:write, which the endpoint's own scope does not say; while the own one is due, it is the
    // only one.
    cells: {
      billing: 'rule',
      agent: 'rule',
      viewer: 'rule',
      ingest: 'rule',
      'own role': 'rule',
      'access key': 'rule',
      'password due': 'rule',
    },
    ask: async ({ people, organization }) => ({
      params: { id: (await people.employed(organization, 'viewer')).user.id },
      body: { overlap_seconds: 0 },
    }),
  },

  'GET /groups': { ask: async (place) => ({ query: { limit: '1', status: (await newGroup(place), 'active') } }) },
  'PUT /groups': { ask: (place) => ({ body: groupBody(place) }) },
  'GET /groups/{id}': {
    ask: async (place) => {
      const [id, ...members] = [await newGroup(place), await newMember(place), await newMember(place)];
      await place.call('PUT', `/groups/${id}/members`, { user_ids: members.map(({ user }) => user.id) });
      return { params: { id } };
    },
  },
  'POST /groups/{id}': {
    ask: async (place) => ({ params: { id: await newGroup(place) }, body: { description: place.mark } }),
  },
  'DELETE /groups/{id}': { ask: async (place) => ({ params: { id: await newGroup(place) } }) },
  'PUT /groups/{id}/members': {
    ask: async (place) => ({
      params: { id: await newGroup(place) },
      body: { user_ids: [(await newMember(place)).user.id] },
    }),
  },
  'DELETE /groups/{id}/members/{userId}': {
    ask: async (place) => {
      const [id, { user }] = [await newGroup(place), await newMember(place)];
      await place.call('PUT', `/groups/${id}/members`, { user_ids: [user.id] });
      return { params: { id, userId: user.id } };
    },
  },

  'GET /permissions/{entity}': { ask: async (place) => ({ params: { entity: (await newMember(place)).user.id } }) },
  'PUT /permissions/{entity}': {
    ask: async (place) => ({
      params: { entity: (await newMember(place)).user.id },
      body: { permissions: [{ permission: 'users:read', granted: true }] },
    }),
  },

  'GET /orgs': {
    ask: async (place) => {
      await place.call('PUT', '/orgs', { ...organizationBody(place), parent_id: place.organization });
      return { query: { limit: '1' } };
    },
  },
  'PUT /orgs': { ask: (place) => ({ body: organizationBody(place) }) },
  'GET /orgs/{id}': { ask: ({ organization }) => ({ params: { id: String(organization) } }) },
  'POST /orgs/{id}': {
    ask: ({ organization, mark }) => ({ params: { id: String(organization) }, body: { address: { city: mark } } }),
  },
  'DELETE /orgs/{id}': {
    // An organization is closed by those that it buys from.
    cells: { admin: 'rule' },
    ask: async (place) => ({
      params: {
        id: textAt(
          await place.call('PUT', '/orgs', { ...organizationBody(place), parent_id: place.organization }),
          'data',
          'org_id',
        ),
      },
    }),
  },

  'GET /dialplan/policies': {
    ask: async (place) => ({ query: { limit: '1', status: (await newPolicy(place), 'draft') } }),
  },
  'GET /dialplan/policy': {
    ask: async (place) => ({ query: { id: await newPolicy(place), include_history: 'true' } }),
  },
  'PUT /dialplan/policy': { ask: (place) => ({ body: policyBody(place) }) },
  'POST /dialplan/policy': { ask: async (place) => ({ body: { id: await newPolicy(place), priority: 7 } }) },
  'DELETE /dialplan/policy': { ask: async (place) => ({ query: { id: await newPolicy(place) } }) },
  'POST /dialplan/policy/restore': { ask: async (place) => ({ body: { id: await changedPolicy(place), version: 1 } }) },
  'GET /dialplan/dependencies': { ask: async (place) => ({ query: { id: await newPolicy(place), type: 'policy' } }) },
  'GET /dialplan/groups': {
    ask: async (place) => ({ query: { limit: '1', status: (await newGroup(place), 'active') } }),
  },
  'GET /dialplan/history': archived,
  'GET /dialplan/historic': archived,
  'GET /dialplan/archive': archived,
  'GET /dialplan/archived': archived,
  'GET /dialplan/search': {
    ask: async (place) => ({ query: { limit: '1', q: (await newPolicy(place), place.mark) } }),
  },
  'GET /dialplan/template': {
    ask: async (place) => {
      await place.call('PUT', '/dialplan/template', templateBody(place));
      return {};
    },
  },
  'PUT /dialplan/template': {
    ask: async (place) => ({ body: { ...templateBody(place), policies: [await newPolicy(place)] } }),
  },
  'POST /dialplan/evaluate': {
    ask: async ({ people, organization }) => {
      const { user } = await people.join(organization, 'viewer');
      return { body: { called: '18005550100', user_id: user.id, explain: true } };
    },
  },
  'POST /dialplan/evaluate/batch': plain({ body: { calls: [{ called: '18005550100' }, { called: '911' }] } }),
  'POST /dialplan/freeswitch': {
    ask: ({ organization }) => ({
      body: { 'Caller-Destination-Number': '18005550100', 'Caller-Context': `org_${organization}` },
    }),
  },

  'GET /rates/lookup/{number}': {
    ask: async (place) => ({
      params: { number: '+14155550100' },
      query: { tariff_id: textAt(await place.call('PUT', '/tariffs/new', tariffBody(place)), 'data', 'id') },
    }),
  },
  'GET /profit/numbers': {
    ask: async (place) => {
      const {
        records: [record],
      } = batchBody(place);
      const records = ['+12125550100', '+12125550101'].map((caller) => ({
        ...record,
        caller,
        call_id: place.unique(),
      }));
      const filed = await place.call('POST', `/cdr/${place.unique()}`, { records });
      for (const at of ['0', '1'])
        await eventually(() => place.call('GET', `/cdr/${textAt(filed, 'results', at, 'id')}`), 30_000);
      return { query: { limit: '1', start: hoursAgo(48).slice(0, 10), end: hoursAgo(0).slice(0, 10) } };
    },
  },

  'GET /cdr': {
    ask: async (place) => {
      const id = textAt(await place.call('POST', `/cdr/${place.unique()}`, batchBody(place)), 'results', '0', 'id');
      await eventually(() => place.call('GET', `/cdr/${id}`), 30_000);
      return { query: { limit: '1' } };
    },
  },
  'GET /cdr/{id}': {
    ask: async (place) => {
      const id = textAt(await place.call('POST', `/cdr/${place.unique()}`, batchBody(place)), 'results', '0', 'id');
      await eventually(() => place.call('GET', `/cdr/${id}`), 30_000);
      return { params: { id } };
    },
  },
  'POST /cdr/export': { ask: async (place) => (await endedExport(place), { body: exportBody() }) },
  'GET /cdr/export/{id}': { ask: async (place) => ({ params: { id: await endedExport(place) } }) },
  'POST /cdr/{id}': { ask: (place) => ({ params: { id: place.unique() }, body: batchBody(place) }) },

  'GET /events/{entity+}': {
    ask: async (place) => {
      const id = await newTrunk(place);
      await place.call('POST', `/siptrunk/${id}`, { host: 'pbx.example.com' });
      return { params: { entity: `trunk/${id}` }, query: { limit: '1' } };
    },
  },
  'GET /email': {
    ask: async (place) => {
      await newEmails(place);
      return { query: { limit: '1', status: 'sent' } };
    },
  },
  'GET /email/{id}': { ask: async (place) => ({ params: { id: await newEmails(place) } }) },

  'POST /logs/{entity+}': {
    ask: ({ organization, mark }) => ({
      params: { entity: `org/${organization}` },
      body: { logs: [{ timestamp: new Date().toISOString(), type: 'call', message: mark }] },
    }),
  },
  'GET /logs/{entity+}': {
    ask: async (place) => {
      await newLogLines(place);
      return { params: { entity: `org/${place.organization}` }, query: { limit: '1' } };
    },
  },
  'PUT /events/{entity+}': {
    ask: async (place) => ({
      params: { entity: `trunk/${await newTrunk(place)}` },
      body: { type: 'door.opened', data: { note: place.mark } },
    }),
  },

  'PUT /eventlog/{orgId}': {
    ask: ({ organization, mark }) => ({ params: { orgId: String(organization) }, body: logEntry(mark) }),
  },
  'POST /eventlog/{orgId}': {
    ask: async (place) => {
      await newLogEntry(place);
      return { params: { orgId: String(place.organization) }, body: { event_types: ['door.*'] } };
    },
  },
  'GET /eventlog/{orgId}/{eventLogId}': {
    ask: async (place) => ({ params: { orgId: String(place.organization), eventLogId: await newLogEntry(place) } }),
  },
};

const root = new URL('../../', import.meta.url);

async function requestsOf(file: string): Promise<Readonly<Record<string, Example>>> {
  const { exampleRequests } = (await import(new URL(file, root).href)) as ExampleRequests;
  return exampleRequests;
}

type ExampleRequests = { readonly exampleRequests: Readonly<Record<string, Example>> };

const besideContracts = globSync('functions/**/example-requests.fixture.ts', { cwd: root });

/** By route. */
export const examples: Readonly<Record<string, Example>> = Object.assign(
  { ...examplesHere },
  ...(await Promise.all(besideContracts.map(requestsOf))),
) as Readonly<Record<string, Example>>;
