import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { outcome, type AdministeredTenant } from '../tenant.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newAccounts, newPeerTenant, registeredLines, registrations } from './accounts.ts';
import { openNetwork } from './network.ts';
import { answerWith, ignore, overtakenRegistration, registration } from './scenarios.ts';
import { ownAddress } from './sip-server.ts';
import { answerCalls, callAll } from './sipp.ts';

needs('sipp');

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
});

describe('phones of SIPp', () => {
  test('register with digest', async () => {
    const accounts = await newAccounts(tenant, { devices: 10, lines: 16 });
    await callAll(registration, { accounts, from: ownAddress() });
    await eventually(async () => expect(await registeredLines(tenant, accounts)).toBe(160), 1_000);
  });

  test('register once each over a network that loses 20 % of all packets', async () => {
    const accounts = await newAccounts(tenant, { devices: 2, lines: 16 });
    await callAll(registration, { accounts, from: ownAddress(), lost: 20 });
    expect(await registeredLines(tenant, accounts)).toBe(32);
    await eventually(async () => expect(await registrations(tenant, accounts)).toBe(32));
  });

  test('register once each over a network that loses, duplicates and reorders packets', async () => {
    const accounts = await newAccounts(tenant, { devices: 2, lines: 16 });
    await using network = await openNetwork(ownAddress(), { lost: 10, doubled: 20, late: 20 });
    await callAll(registration, { accounts, from: ownAddress(), to: network });
    expect(await registeredLines(tenant, accounts)).toBe(32);
    await eventually(async () => expect(await registrations(tenant, accounts)).toBe(32));
  });

  test('remain registered if a de-registration arrives after their next REGISTER', async () => {
    const accounts = await newAccounts(tenant, { devices: 1, lines: 16 });
    await callAll(overtakenRegistration, { accounts, from: ownAddress() });
    expect(await registeredLines(tenant, accounts)).toBe(16);
  });
});

describe('a NOTIFY over HTTP', () => {
  const notified = async (scenario: string, more: object = {}) => {
    const accounts = await newAccounts(tenant, { devices: 1 });
    const from = ownAddress();
    await callAll(registration, { accounts, from });
    await using _ = answerCalls(scenario, { from });
    return await tenant.ask('POST', `/devices/sipnotify/${accounts[0]?.device}`, { event: 'check-sync', ...more });
  };

  test.each(['200 OK', '481 Subscription Does Not Exist'])(
    "has the status of the phone's answer: %s",
    async (status) => {
      expect((await notified(answerWith('NOTIFY', status))).body).toMatchObject({
        data: { response_code: Number(status.slice(0, 3)) },
      });
    },
  );

  test('is 408 if the phone does not answer', async () => {
    expect(outcome(await notified(ignore('NOTIFY'), { timeout: 1 }))).toBe('408 NOTIFY_TIMEOUT');
  });
});
