import { once } from 'node:events';
import JsSIP from 'jssip';
import { Registerer, RegistererState, UserAgent } from 'sip.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '#test/support/eventually.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { tableFor } from '#dynamodb/table.ts';
import { bindingRow, type BindingItem } from '../../telephony/rows/binding.ts';
import { addAccount, addLine, runSidecar, sipDomain, type Account, type Running } from './sidecar.fixture.ts';

/** Phones of others that speak SIP over WebSocket (RFC 7118). */

const running = testStore();
let sidecar: Running;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  sidecar = await runSidecar(running.store);
  everything.defer(() => sidecar.close());
});
afterAll(() => everything.disposeAsync());

const url = (): string => `ws://127.0.0.1:${sidecar.bound.ws.port}/ws`;
const bindingsOf = async (sip_username: string): Promise<readonly BindingItem[]> =>
  (
    await tableFor(running.store, 1_001).query<'binding', BindingItem, { sip_username: string }>(bindingRow, {
      sip_username,
    })
  ).items;

/** A phone of JsSIP. `outcomes`: what its events say about registrations. */
function jsSipPhone({ username, password }: Account) {
  const phone = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url())],
    uri: `sip:${username}@${sipDomain}`,
    password,
    register: true,
    session_timers: false,
  });
  const outcomes: string[] = [];
  phone.on('registered', () => outcomes.push('registered'));
  phone.on('unregistered', () => outcomes.push('unregistered'));
  phone.on('registrationFailed', ({ cause }) => outcomes.push(String(cause)));
  everything.defer(() => phone.stop());
  phone.start();
  return { phone, outcomes };
}

test('JsSIP registers and unregisters', async () => {
  const { phone, outcomes } = jsSipPhone(await addLine(running.store, 'js-1'));
  await eventually(() => outcomes.includes('registered'));
  expect(await bindingsOf('js-1')).toMatchObject([
    { flow: { transport: 'ws' }, contact: expect.stringContaining('.invalid;transport=ws') as string },
  ]);
  phone.unregister({ all: true });
  await eventually(() => outcomes.includes('unregistered'));
  expect(await bindingsOf('js-1')).toEqual([]);
});

test('SIP.js registers and unregisters', async () => {
  const { username, password } = await addLine(running.store, 'sipjs-1');
  const uri = UserAgent.makeURI(`sip:${username}@${sipDomain}`);
  if (uri === undefined) throw new Error('no URI');
  const agent = new UserAgent({
    uri,
    authorizationUsername: username,
    authorizationPassword: password,
    transportOptions: { server: url() },
    logLevel: 'error',
  });
  everything.defer(() => agent.stop());
  await agent.start();
  const registerer = new Registerer(agent);
  await registerer.register();
  await eventually(() => registerer.state === RegistererState.Registered);
  expect(await bindingsOf(username)).toMatchObject([{ flow: { transport: 'ws' } }]);
  await registerer.unregister();
  await eventually(async () => (await bindingsOf(username)).length === 0);
});

test('a line without the feature does not register over WebSocket, a device does', async () => {
  const deaf = jsSipPhone(await addLine(running.store, 'js-2', { allow_features: ['inbound'] }));
  await eventually(() => deaf.outcomes.length > 0);
  expect(deaf.outcomes).toEqual(['Rejected']);
  const device = jsSipPhone(await addAccount(running.store, { device: 'dev_ws', kind: 'softphone' }));
  await eventually(() => device.outcomes.length > 0);
  expect(device.outcomes).toEqual(['registered']);
});

const optionsOf = (branch: string): string =>
  [
    `OPTIONS sip:${sipDomain} SIP/2.0`,
    `Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK${branch}`,
    'Max-Forwards: 70',
    `From: <sip:someone@${sipDomain}>;tag=1`,
    `To: <sip:${sipDomain}>`,
    `Call-ID: ${branch}`,
    'CSeq: 1 OPTIONS',
    '',
    '',
  ].join('\r\n');

test('a message needs no Content-Length, and a frame that is no message is no end of the connection', async () => {
  const client = new WebSocket(url(), ['sip']);
  everything.defer(() => client.terminate());
  await once(client, 'open');
  client.send('{"not":"SIP"}');
  client.send(Buffer.from([0, 1, 2, 3, 255]));
  const answer = once(client, 'message');
  client.send(optionsOf('one'));
  expect(String((await answer)[0])).toMatch(/^SIP\/2\.0 200 /);
});

test('a stranger over WebSocket may not call', async () => {
  const client = new WebSocket(url(), ['sip']);
  everything.defer(() => client.terminate());
  await once(client, 'open');
  const answer = once(client, 'message');
  client.send(optionsOf('two').replaceAll('OPTIONS', 'MESSAGE'));
  expect(String((await answer)[0])).toMatch(/^SIP\/2\.0 403 /);
});
