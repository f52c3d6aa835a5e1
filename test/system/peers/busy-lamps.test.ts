import { beforeAll, describe, expect, test } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/service/line-states.fixture.ts';
import { eventually } from '../../support/eventually.ts';
import { newPhone } from '../../support/sip-phone.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import { newSoftphones } from '../softphones.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';
import { connect } from '../cloud.ts';
import { newAccounts, newPeerTenant, type Account } from './accounts.ts';
import { startRegisteredBaresip } from './baresip.ts';
import { jsSipPhone } from './jssip-phone.ts';
import { watchingLine } from './scenarios.ts';
import { sipJsPhone } from './sipjs-phone.ts';
import { ownAddress, sipServer } from './sip-server.ts';
import { beginCalls } from './sipp.ts';

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
});

const countBy = (texts: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(texts, (text) => text)].map(([text, all]) => [text, all.length]));

/** A phone of ours that watches a line, with what its key shows. */
async function watch(account: Account, extension: string) {
  const phone = await newPhone(sipServer, account, { from: ownAddress() });
  expect((await phone.subscribe({ target: extension, event: 'dialog' })).status).toBe(200);
  return {
    shows: (lamp: string) => eventually(() => expect(lampOf(phone, extension)).toBe(lamp), 20_000),
    [Symbol.dispose]: () => phone.close(),
  };
}

describe('programs', () => {
  needs('baresip', 'sipp');

  test('a hundred phones of SIPp watch a line that is called, rings, talks and is free, each in order', async () => {
    const [ann, bob] = await newSoftphones(tenant, ['501', '502']);
    using _ = ann.phone;
    using called = bob.phone;
    called.answers = 'wait';
    const accounts = await newAccounts(tenant, { devices: 101, watches: ['502'] });
    const [own, ...others] = accounts;
    using watcher = await watch(own!, '502');
    await using watching = beginCalls(watchingLine('502'), { accounts: others, from: ownAddress(), within: 120_000 });
    const allHaveSeen = (...states: readonly string[]) =>
      eventually(() => {
        const counts = Object.fromEntries(states.map((state) => [state, 100]));
        expect(countBy(watching.noted())).toEqual(counts);
      }, 60_000);
    await allHaveSeen('terminated');
    const call = ann.phone.call('502');
    const taken = await called.nextCall();
    await watcher.shows('recipient trying 501');
    await allHaveSeen('terminated', 'trying');
    taken.ring();
    await watcher.shows('recipient early 501');
    await allHaveSeen('terminated', 'trying', 'early');
    taken.answer();
    await watcher.shows('recipient confirmed 501');
    await allHaveSeen('terminated', 'trying', 'early', 'confirmed');
    call.hangUp();
    await watcher.shows('terminated');
    await watching.ended();
  });

  test('baresip is watched while it answers a call', async () => {
    const [account, from] = [await newLine(tenant, '503'), ownAddress()];
    await using _baresip = await startRegisteredBaresip(account, { from, transport: 'udp', calls: true });
    const [ann] = await newSoftphones(tenant, ['504']);
    using phone = ann.phone;
    const [watching] = await newAccounts(tenant, { devices: 1, watches: ['503'] });
    using watcher = await watch(watching!, '503');
    await watcher.shows('terminated');
    const call = phone.call('503');
    await watcher.shows('recipient confirmed 504');
    call.hangUp();
    await watcher.shows('terminated');
  });
});

describe.each([
  ['SIP.js', sipJsPhone, '505', '506'],
  ['JsSIP', jsSipPhone, '507', '508'],
] as const)('%s', (_library, open, watched, other) => {
  test('watches a line that dials, hears ringing, talks and is free again', async () => {
    const [ann, bob] = await newSoftphones(tenant, [watched, other]);
    using caller = ann.phone;
    using callee = bob.phone;
    callee.answers = 'wait';
    const [account] = await newAccounts(tenant, { devices: 1, watches: [watched] });
    using phone = await open({ ...account!, url: connect().outputs['WebSocketUrl'] ?? '' });
    const watching = phone.watch(watched);
    const shows = (lamp: string) => eventually(() => expect(lampOf(watching, watched)).toBe(lamp), 20_000);
    await shows('terminated');
    const call = caller.call(other);
    const taken = await callee.nextCall();
    await shows(`initiator trying ${other}`);
    taken.ring();
    await shows(`initiator early ${other}`);
    taken.answer();
    await shows(`initiator confirmed ${other}`);
    call.hangUp();
    await shows('terminated');
    watching.end();
    await eventually(() => watching.isOver(), 20_000);
    const versions = watching.notified.map(({ body }) => /version="(\d+)"/.exec(body)?.[1]);
    expect(versions).toEqual(versions.map((_, at) => String(at)));
  });
});
