import { beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { cdrsOf, newLine, useExtensions, newGatewayTo } from '../system/calls.fixture.ts';
import { newPeerTenant } from '../system/peers/accounts.ts';
import {
  answer,
  callAndFail,
  callAndHangUp,
  reject,
  strangersInvite,
  thirdParty,
} from '../system/peers/call-scenarios.ts';
import { registration } from '../system/peers/scenarios.ts';
import { ownAddress } from '../system/peers/sip-server.ts';
import { answerCalls, callAll } from '../system/peers/sipp.ts';
import { eventually } from '../support/eventually.ts';
import { askAsOperator, outcome, type AdministeredTenant, type Body } from '../system/tenant.fixture.ts';

needs('sipp');

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant, {
    priority: 2,
    pattern: '^9([0-9]{3})$',
    action: 'bridge',
    destination: 'sofia/gateway/carrier/$1',
  });
});

/** A phone of SIPp with an extension, registered. */
async function registeredPhone(extension: string) {
  const account = await newLine(tenant, extension);
  const from = ownAddress();
  await callAll(registration, { accounts: [account], from });
  return { account, from };
}

test('a phone calls another one, which answers; the call has its CDR', async () => {
  const [caller, callee] = [await registeredPhone('201'), await registeredPhone('202')];
  await using _ = answerCalls(answer, callee);
  await callAll(callAndHangUp('202', 2_000), { accounts: [caller.account], from: caller.from });
  const [cdr] = await cdrsOf(tenant, 1);
  expect(cdr).toMatchObject({ direction: 'internal', disposition: 'ANSWERED', callee: '202' });
});

test('a busy phone rejects the call', async () => {
  const [caller, callee] = [await registeredPhone('203'), await registeredPhone('204')];
  await using _ = answerCalls(reject('486 Busy Here'), callee);
  await callAll(callAndFail('204', 486), { accounts: [caller.account], from: caller.from });
});

test('a number that the plan does not have is 404', async () => {
  const caller = await registeredPhone('205');
  await callAll(callAndFail('99999', 404), { accounts: [caller.account], from: caller.from });
});

test('the API joins two phones, shows the call, and ends it', async () => {
  const [source, destination] = [await registeredPhone('211'), await registeredPhone('212')];
  await using _ = answerCalls(thirdParty(true), source);
  await using __ = answerCalls(thirdParty(false), destination);
  const placed = await tenant.ask('POST', '/Calls', {
    source: { type: 'device', id: source.account.device },
    destination: { type: 'device', id: destination.account.device },
    meta: { ticket: 7 },
  });
  expect(outcome(placed)).toBe('201');
  const { id } = placed.body as { id: string };
  const shown = async () => (await tenant.ask('GET', `/Calls/${id}`)).body as Body;
  await eventually(async () => (await shown())['status'] === 'answered', 20_000);
  expect(await shown()).toMatchObject({ meta: { ticket: 7 }, hangup: null });
  expect(outcome(await tenant.ask('DELETE', `/Calls/${id}`))).toBe('204');
  await eventually(async () => (await shown())['status'] === 'hangup', 10_000);
  expect(await shown()).toMatchObject({ hangup: { cause: 'NORMAL_CLEARING', by: 'api' } });
  expect(outcome(await tenant.ask('DELETE', `/Calls/${id}`))).toBe('204');
});

test('a call to a gateway without an answer is failed, and is a CDR of the gateway', async () => {
  const gateway = ownAddress();
  await newGatewayTo(tenant, { address: gateway, port: 15_060 }, { name: 'carrier' });
  const caller = await registeredPhone('221');
  await using _ = answerCalls(reject('503 Service Unavailable'), { from: gateway });
  await callAll(callAndFail('9555', 503), { accounts: [caller.account], from: caller.from });
  await eventually(
    async () =>
      ((await tenant.ask('GET', '/cdr?callee=555')).body as { data: Body[] }).data.some(
        ({ disposition }) => disposition === 'FAILED',
      ),
    20_000,
  );
});

let strangers = 0;

test.each([
  ['without credentials', '202', 407, []],
  ['that asserts an identity', '9555', 407, ['P-Asserted-Identity: <sip:+15551230000@carrier.example>']],
  ['that names a route to elsewhere', '9555', 407, ['Route: <sip:[local_ip]:15060;lr>']],
  ['with no hops left', '202', 483, ['Max-Forwards: 0']],
] as const)('the INVITE of a stranger %s is rejected', async (_what, called, status, lines) => {
  strangers += 1;
  const account = await newLine(tenant, String(390 + strangers));
  const scenario = strangersInvite(called, status, lines);
  const hops = lines.some((line) => line.startsWith('Max-Forwards'));
  await callAll(hops ? scenario.replace('Max-Forwards: 70\n', '') : scenario, {
    accounts: [account],
    from: ownAddress(),
  });
});

test('a phone with the right password that is not registered may not call', async () => {
  const [account, from] = [await newLine(tenant, '231'), ownAddress()];
  // After a first challenge it is offered MD5 alone, which SIPp supports.
  await callAll(strangersInvite('202', 407), { accounts: [account], from });
  await callAll(callAndFail('202', 403), { accounts: [account], from });
});

test('a call is charged by the number that its gateway sends, whatever was dialed', async () => {
  const gateway = ownAddress();
  const made = await tenant.ask('PUT', '/sipgateways/new', {
    ...{ name: 'london', host: gateway, port: 15_060, ping: { enabled: false } },
    ...{ strip: 1, prefix: '0044' },
  });
  expect(outcome(made)).toBe('201');
  const policy = { name: 'New Jersey', status: 'active', conditions: { pattern: '^12079460000$' } };
  await tenant.ask('PUT', '/dialplan/policy', { ...policy, actions: { allow: true, gateway: 'london' } });
  const caller = await registeredPhone('222');
  await using _ = answerCalls(reject('503 Service Unavailable'), { from: gateway });
  await callAll(callAndFail('12079460000', 503), { accounts: [caller.account], from: caller.from });
  const filed = async () =>
    ((await tenant.ask('GET', '/cdr?callee=%2B442079460000')).body as { data: Body[] }).data.map(
      ({ callee, disposition }) => `${String(callee)} ${String(disposition)}`,
    );
  await eventually(async () => (await filed()).length > 0, 20_000);
  expect(await filed()).toEqual(['+442079460000 FAILED']);
});

test('a customer without money rings its own phones, also by the API, and no one else', async () => {
  const poor = await newPeerTenant();
  await useExtensions(poor, {
    priority: 2,
    pattern: '^(9|[+]1)',
    action: 'bridge',
    destination: 'sofia/gateway/pstn/$0',
  });
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${poor.id}`, { accountType: 'prepaid' }))).toBe('200');
  const phone = async (extension: string) => {
    const account = await newLine(poor, extension);
    const from = ownAddress();
    await callAll(registration, { accounts: [account], from });
    return { account, from };
  };
  const [caller, callee] = [await phone('201'), await phone('202')];
  await callAll(callAndFail('9', 402), { accounts: [caller.account], from: caller.from });
  {
    await using _ = answerCalls(answer, callee);
    await callAll(callAndHangUp('202', 1_000), { accounts: [caller.account], from: caller.from });
  }
  await using _ = answerCalls(thirdParty(true), caller);
  await using __ = answerCalls(thirdParty(false), callee);
  const source = { type: 'device', id: caller.account.device };
  const place = (destination: Body) => poor.ask('POST', '/Calls', { source, destination });
  expect(outcome(await place({ type: 'phone', number: '+12125550100' }))).toBe('402 INSUFFICIENT_BALANCE');
  const placed = await place({ type: 'device', id: callee.account.device });
  expect(outcome(placed)).toBe('201');
  const { id } = placed.body as { id: string };
  await eventually(async () => ((await poor.ask('GET', `/Calls/${id}`)).body as Body)['status'] === 'answered', 20_000);
  await poor.ask('DELETE', `/Calls/${id}`);
});
