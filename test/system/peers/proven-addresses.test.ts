import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { operatorToken } from '../cloud.ts';
import { outcome, type AdministeredTenant } from '../tenant.fixture.ts';
import { newPeerTenant } from './accounts.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import {
  admitted,
  answerChallenge,
  callerAt,
  challenged,
  claim,
  expectStatus,
  prove,
  rejectCalls,
  statusFrom,
  verify,
  type Entry,
} from './proven-addresses.fixture.ts';
import { sipServer } from './sip-server.ts';

needsMachineAddress();

/**
 * How the holder of an address proves it, what that admits, and when it ends. Over UDP, as its port names the trunk:
 * a connection from the address could be of any trunk that another test has there (claims.property.test.ts has TCP).
 */

let tenant: AdministeredTenant;
let port: number;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await rejectCalls(tenant);
});
afterAll(() => open.dispose());
beforeEach(async () => {
  port = await freePort();
});

const change = ({ trunk, id }: Entry, fields: object) =>
  tenant.ask('POST', `/siptrunkips/${trunk}`, { ip_id: id, ...fields });

/** An entry that its holder has proven, and from where it calls. */
async function proven() {
  const made = { entry: await claim(tenant, port), holder: await callerAt(sipServer, open, port) };
  await prove(tenant, sipServer, made);
  return made;
}

test('a claim admits nothing, also while a token is on its way; its holder proves it for UDP', async () => {
  const [entry, holder] = [await claim(tenant, port), await callerAt(sipServer, open, port)];
  const [, token] = await Promise.all([verify(tenant, entry), answerChallenge(holder)]);
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(await statusFrom(sipServer, holder)).toBe(challenged);
  expect(outcome(await verify(tenant, entry, 'f'.repeat(32)))).toBe('422 VALIDATION_FAILED');
  expect(outcome(await verify(tenant, entry, token))).toBe('200');
  await expectStatus(sipServer, holder, admitted);
  expect(await statusFrom(sipServer, await callerAt(sipServer, open, await freePort()))).toBe(challenged);
});

test('a proof ends with a change of the address, and does not come back with it', async () => {
  const { entry, holder } = await proven();
  expect((await change(entry, { address: '198.51.100.7' })).body).toMatchObject({ data: { proven: false } });
  await expectStatus(sipServer, holder, challenged);
  expect((await change(entry, { address: machineAddress })).body).toMatchObject({ data: { proven: false } });
  expect(await statusFrom(sipServer, holder)).toBe(challenged);
});

test('a proof ends with its entry', async () => {
  const { entry, holder } = await proven();
  expect(outcome(await tenant.ask('DELETE', `/siptrunkips/${entry.trunk}?ip_id=${entry.id}`))).toBe('200');
  await expectStatus(sipServer, holder, challenged);
});

test('the word of the seller admits calls, until it is taken back', async () => {
  const [entry, holder] = [await claim(tenant, port), await callerAt(sipServer, open, port)];
  const trust = (trusted: boolean) =>
    tenant.ask(
      'POST',
      `/siptrunkips/${entry.trunk}?org_id=${tenant.id}`,
      { ip_id: entry.id, trusted },
      { token: operatorToken() },
    );
  expect(await statusFrom(sipServer, holder)).toBe(challenged);
  expect(outcome(await trust(true))).toBe('200');
  await expectStatus(sipServer, holder, admitted);
  expect(outcome(await trust(false))).toBe('200');
  await expectStatus(sipServer, holder, challenged);
});
