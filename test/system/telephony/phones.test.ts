import JsSIP from 'jssip';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import { newPhone } from '#test/support/sip-phone.fixture.ts';
import { connect, operatorToken } from '../cloud.ts';
import { newMac } from '../hardware.fixture.ts';
import { peopleIn, type Member } from '../people.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant } from '../tenant.fixture.ts';

const cloud = connect();
const [host = '', port = '5060'] = (cloud.outputs['SipAddress'] ?? '').split(':');

let tenant: AdministeredTenant;
let other: AdministeredTenant;
beforeAll(async () => {
  [tenant, other] = await Promise.all([newAdministeredTenant('lines'), newAdministeredTenant('lines')]);
});

const body = { allow_features: ['inbound', 'outbound', 'websocket'], type: 'dynamic', max_expire: 3_600 };

type Line = {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  readonly websocket_url?: string;
};

async function newLine(more: object = {}, ask = tenant.ask): Promise<Line> {
  const made = await ask('POST', '/Phones', { ...body, ...more });
  expect(outcome(made)).toBe('201');
  return made.body as Line;
}

const registrationsOf = async ({ username }: Line) =>
  ((await tenant.ask('GET', `/Phones/${username}`)).body as { registrations: object[] }).registrations;

async function phoneOf(line: Line) {
  const phone = await newPhone({ address: host, port: Number(port) }, line);
  return { phone, [Symbol.dispose]: () => phone.close() };
}

test('a line registers, is shown with its registration, and ends when it is deleted', async () => {
  const line = await newLine();
  expect(line).toMatchObject({
    username: expect.stringMatching(/^[0-9a-f]{22}$/) as string,
    password: expect.stringMatching(/^\w{36}$/) as string,
    expires: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
  });
  using used = await phoneOf(line);
  const { phone } = used;
  expect((await phone.register()).status).toBe(200);
  const shown = await tenant.ask('GET', `/Phones/${line.username}`);
  expect(shown.body).toMatchObject({
    username: line.username,
    status: 'active',
    registrations: [{ transport: 'udp', user_agent: 'TestPhone/1.0' }],
  });
  expect(JSON.stringify(shown.body)).not.toContain(line.password);
  expect(outcome(await tenant.ask('DELETE', `/Phones/${line.username}`))).toBe('204');
  expect(outcome(await tenant.ask('DELETE', `/Phones/${line.username}`))).toBe('204');
  expect((await tenant.ask('GET', `/Phones/${line.username}`)).body).toMatchObject({ status: 'ended' });
  const listed = (await tenant.ask('GET', '/Phones')).body as { phones: Line[] };
  expect(listed.phones.map(({ username }) => username)).not.toContain(line.username);
  // Its binding goes within seconds, and then not even a refresh succeeds.
  await eventually(async () => (await phone.register()).status === 403, 20_000);
  const events = async () => JSON.stringify((await tenant.ask('GET', `/events/phone/${line.username}`)).body);
  await eventually(async () => (await events()).includes('phone.unregistered'), 20_000);
});

test('a browser phone registers at the URL of its line', async () => {
  const line = await newLine();
  expect(line.websocket_url).toBe(cloud.outputs['WebSocketUrl']);
  const phone = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(line.websocket_url ?? '')],
    uri: `sip:${line.username}@${line.domain}`,
    password: line.password,
    session_timers: false,
  });
  try {
    phone.start();
    await eventually(() => phone.isRegistered());
    expect(await registrationsOf(line)).toMatchObject([{ transport: expect.stringMatching(/^wss?$/) as string }]);
  } finally {
    phone.stop();
  }
  expect(await newLine({ allow_features: ['inbound'] })).not.toHaveProperty('websocket_url');
});

const listening = new Set<WebSocket>();
afterAll(() => listening.forEach((client) => client.terminate()));

type Event = { readonly id: string; readonly type: string; readonly entity?: { readonly id: string } };

/** A listener to events, and what it gets as `<type> <id>`. */
function newListener(query = '', options: object = {}) {
  const client = new WebSocket(`${cloud.outputs['WebSocketUrl'] ?? ''}${query}`, ['events'], options);
  listening.add(client.on('error', () => undefined));
  const events: Event[] = [];
  client.on('message', (message: Buffer) => events.push(JSON.parse(message.toString()) as Event));
  return { client, events, got: () => events.map(({ type, entity }) => `${type} ${entity?.id ?? ''}`) };
}

test('a line hears of itself, its organization of all, and a client that comes back of what it missed', async () => {
  const line = await newLine({}, other.ask);
  const all = newListener(`?access_token=${other.token}`);
  const own = newListener('', { auth: `${line.username}:${line.password}` });
  // Until both listen, which takes a moment: each attempt makes a further event.
  const registered = `phone.registered ${line.username}`;
  using used = await phoneOf(line);
  await eventually(async () => {
    await used.phone.register();
    await used.phone.register({ expires: 0 });
    return all.got().includes(registered) && own.got().includes(registered);
  }, 20_000);
  const second = await newLine({}, other.ask);
  const created = `phone.created ${second.username}`;
  await eventually(() => all.got().includes(created), 20_000);
  expect(own.got().every((each) => each.endsWith(line.username))).toBe(true);
  const last = all.events.find(({ type }) => type === 'phone.registered')?.id ?? '';
  const back = newListener(`?access_token=${other.token}&since=${last}`);
  await eventually(() => back.got().includes(created), 20_000);
  expect(back.events.map(({ id }) => id)).not.toContain(last);
  const stranger = newListener('', { auth: `${line.username}:guess` });
  await eventually(() => stranger.client.readyState === WebSocket.CLOSED);
  expect(stranger.got()).toEqual(['error ']);
});

test('a line that unregisters has no registration', async () => {
  const line = await newLine();
  using used = await phoneOf(line);
  await used.phone.register();
  expect(await registrationsOf(line)).toHaveLength(1);
  await used.phone.register({ expires: 0 });
  expect(await registrationsOf(line)).toEqual([]);
});

test('lines of another organization do not exist', async () => {
  const { username } = await newLine();
  for (const method of ['GET', 'DELETE'])
    expect(outcome(await other.ask(method, `/Phones/${username}`))).toBe('404 NOT_FOUND');
  const listed = (await other.ask('GET', '/Phones')).body as { phones: Line[] };
  expect(listed.phones.map((line) => line.username)).not.toContain(username);
});

test('wrong values are 400 with the path of the field, and unknown lines 404', async () => {
  const refusal = async (more: object) => {
    const answer = await tenant.ask('POST', '/Phones', { ...body, ...more });
    return [outcome(answer), textAt(answer.body, 'error', 'details', 'violations', '0', 'path')];
  };
  expect(await refusal({ max_expire: 59 })).toEqual(['400 INVALID_PARAMETER', 'max_expire']);
  expect(await refusal({ allow_features: ['fax'] })).toEqual(['400 INVALID_PARAMETER', 'allow_features[0]']);
  expect(await refusal({ type: 'static' })).toEqual(['400 INVALID_PARAMETER', 'type']);
  expect(await refusal({ event_callback: 'ftp://example.com/' })).toEqual([
    '400 WEBHOOK_URL_NOT_ALLOWED',
    'event_callback',
  ]);
  expect(outcome(await tenant.ask('GET', '/Phones/f8ab70c893d0e9f715094b'))).toBe('404 NOT_FOUND');
});

/** A way to ask as a member. */
async function asMember(member: Member) {
  const token = await peopleIn(cloud.outputs, operatorToken()).signIn(member);
  return (method: string, path: string, json?: unknown) =>
    cloud.api(path, { method, token, ...(json === undefined ? {} : { json }) });
}

test('an agent has its own lines, up to its limit of devices, and only while it may use softphones', async () => {
  const people = peopleIn(cloud.outputs, operatorToken());
  const access = { web_portal: true, mobile_app: true, api_access: true, softphone: true, max_sessions: 5 };
  const agent = await people.join(tenant.organization, 'agent', { access: { ...access, device_limit: 1 } });
  const deaf = await people.join(tenant.organization, 'agent', { access: { ...access, softphone: false } });
  const [ask, askDeaf] = await Promise.all([asMember(agent), asMember(deaf)]);
  const assign = (mac_address: string) =>
    tenant.ask('PUT', '/devices/softphone', { mac_address, user_id: agent.user.id });
  const theirs = await newLine();
  const own = await newLine({}, ask);
  const listed = ((await ask('GET', '/Phones')).body as { phones: Line[] }).phones;
  expect(listed.map(({ username }) => username)).toEqual([own.username]);
  for (const method of ['GET', 'DELETE'])
    expect(outcome(await ask(method, `/Phones/${theirs.username}`))).toBe('404 NOT_FOUND');
  await eventually(async () => outcome(await ask('POST', '/Phones', body)) === '409 DEVICE_LIMIT');
  expect(outcome(await assign(newMac()))).toBe('409 DEVICE_LIMIT');
  expect(outcome(await askDeaf('POST', '/Phones', body))).toBe('403 SOFTPHONE_DISABLED');
  expect(outcome(await ask('DELETE', `/Phones/${own.username}`))).toBe('204');
  await eventually(async () => outcome(await ask('POST', '/Phones', body)) === '201');
});
