// Own cloud: kills relays, which have no control interface.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import {
  callIs,
  dial,
  lineOf,
  newPhoneUser,
  phonePages,
  pressIn,
  type PhonePage,
  type PhoneUser,
} from '../phone-pages.fixture.ts';
import { startRtpEngine, type RtpEngine } from '../peers/rtpengine.ts';
import { expectHeard, expectSpeech, speakerOf, type Speaker } from '../relayed-calls.fixture.ts';
import { allCdrs, liveCalls, startTaskCloud, taskCloudIn, type OwnTaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones, type Conversation } from '../softphones.fixture.ts';
import { outcome, type Body } from '../tenant.fixture.ts';

/** Calls whose media pass a relay: rtpengine, with a voice for each phone. */

needs('rtpengine', 'chromium');

const everything = new AsyncDisposableStack();
let relays: readonly RtpEngine[];
let cloud: OwnTaskCloud;
let ann: Speaker;
let bob: Speaker;
let cem: Speaker;
let devices: readonly string[];
beforeAll(async () => {
  relays = [everything.use(await startRtpEngine()), everything.use(await startRtpEngine())];
  cloud = await startTaskCloud(1, { MEDIA_RELAY: relays.map(({ name }) => name).join() });
  everything.defer(() => cloud.cloud.stop());
  const made = await newSoftphones(cloud.tenant, ['201', '202', '203'], cloud.tasks[0]);
  devices = made.map(({ device }) => device);
  [ann, bob, cem] = (await Promise.all(
    made.map(async ({ phone }) => {
      const speaker = await speakerOf(phone);
      everything.use(speaker.party);
      everything.use(phone);
      return speaker;
    }),
  )) as [Speaker, Speaker, Speaker];
});
afterAll(() => everything.disposeAsync());

const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, '202');

const sessions = () => Promise.all(relays.map((each) => each.sessions()));
/** No relay keeps media of a call that is over. */
const expectNothingLeft = () => eventually(async () => expect(await sessions()).toEqual(relays.map(() => 0)));

const hangupOf = async ({ id }: { readonly id: string }) => (await cloud.tenant.ask('GET', `/Calls/${id}`)).body;

async function hangUp(caller: SoftCall, callee: SoftCall): Promise<void> {
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  await expectNothingLeft();
}

test('both sides hear one another through the relay, and no description names the other side', async () => {
  const { caller, callee } = await annCallsBob();
  for (const { remote } of [caller, callee]) {
    expect(remote).toContain('c=IN IP4 127.0.0.1');
    for (const { phone } of [ann, bob]) {
      expect(remote).not.toContain(phone.place.address);
      expect(remote).not.toContain(`m=audio ${phone.mediaPort} `);
    }
  }
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

test('a call that is held and resumed has its voices again', async () => {
  const { caller, callee } = await annCallsBob();
  expect(await caller.offer('sendonly')).toMatch(/ recvonly$/);
  expect(await caller.offer('sendrecv')).toMatch(/ sendrecv$/);
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

test('the parties of a call of the API hear one another', async () => {
  const [source, destination] = devices.map((id) => ({ type: 'device', id }));
  const joined = ['answered', 'acknowledged', 'offer', 'acknowledged'];
  const placed = await cloud.tenant.ask('POST', '/Calls', { source, destination });
  expect(outcome(placed)).toBe('201');
  const [caller, callee] = [await ann.phone.nextCall(), await bob.phone.nextCall()];
  await eventually(() => expect([caller.log, callee.log.at(-1)]).toEqual([joined, 'acknowledged']));
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

/** Replaces Bob in the call of Ann, when its answer is stored. */
const transferToCem = () =>
  eventually(async () => {
    const [live] = await liveCalls(cloud);
    const destination = { type: 'device', id: devices[2] };
    const asked = await cloud.tenant.ask('POST', `/Calls/${String(live?.['id'])}/actions`, {
      action: 'transfer',
      destination,
    });
    expect(outcome(asked)).toBe('202');
  });

test('a party that takes the place of another one is heard', async () => {
  const { caller, callee } = await annCallsBob();
  await transferToCem();
  const third = await cem.phone.nextCall();
  await expectEnd(callee, 'ended by peer');
  await expectHeard([ann, caller], [cem, third]);
  await hangUp(caller, third);
});

test('a call goes on when the new party is not there', async () => {
  const { caller, callee } = await annCallsBob();
  cem.phone.answers = 486;
  await transferToCem();
  await cem.phone.nextCall();
  cem.phone.answers = 'answer';
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

test('the parties of two calls that are joined hear one another', async () => {
  const first = await annCallsBob();
  const second = await converse(bob.phone, cem.phone, '203');
  const { domain } = bob.phone;
  await first.callee.session.refer(
    { to: sipUri({ user: '203', host: domain }), replaces: second.caller.dialog },
    () => undefined,
  );
  await expectEnd(second.caller, 'ended by peer');
  await expectHeard([ann, first.caller], [cem, second.callee]);
  await hangUp(first.caller, second.callee);
});

describe('a browser', () => {
  const { signedIn } = phonePages(() => cloud.cloud);
  let eve: PhonePage;
  const openEve = async (): Promise<void> => {
    eve = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', String(extension++)));
  };
  let extension = 301;
  const ofAnn: PhoneUser = { id: '', username: '', name: '201', extension: '201' };

  test('calls a phone, and both hear each other', async () => {
    await openEve();
    await dial(eve.page, '201');
    const call = await ann.phone.nextCall();
    await callIs(eve.page, ofAnn, 'talking');
    expect(call.remote).toMatch(/^m=audio \d+ RTP\/AVP /m);
    expect(call.remote).not.toMatch(/^a=(candidate|fingerprint|ice-)/m);
    await expectSpeech(ann, call, eve.page);
    call.hangUp();
    await expectNothingLeft();
  });

  test('is called by a phone, and both hear each other, also after hold', async () => {
    await openEve();
    const call = ann.phone.call(eve.user.extension);
    await callIs(eve.page, ofAnn, 'calls you');
    await pressIn(eve.page, ofAnn, 'Answer');
    await eventually(() => call.isUp, 20_000);
    await expectSpeech(ann, call, eve.page);
    await pressIn(eve.page, ofAnn, 'Hold');
    await eventually(() => expect(call.media).toMatch(/(sendonly|inactive)$/), 20_000);
    // Until the page knows it, the button would hold the call again.
    await eve.page.getByRole('button', { name: 'Hold', exact: true, pressed: true }).waitFor();
    await pressIn(eve.page, ofAnn, 'Hold');
    await eventually(() => expect(call.media).toMatch(/sendrecv$/), 20_000);
    await expectSpeech(ann, call, eve.page);
    call.hangUp();
    await expectNothingLeft();
  });

  test('is the source of a call of the API, and both hear each other', async () => {
    await openEve();
    const placed = await cloud.tenant.ask('POST', '/Calls', {
      source: { type: 'line', username: await lineOf(cloud.tenant, eve.user) },
      destination: { type: 'device', id: devices[0] },
    });
    expect(outcome(placed)).toBe('201');
    await eve.page.getByRole('button', { name: 'Answer', exact: true }).click();
    const call = await ann.phone.nextCall();
    await eventually(() => expect(call.log).toContain('acknowledged'), 20_000);
    await expectSpeech(ann, call, eve.page);
    call.hangUp();
    await expectNothingLeft();
  });

  test('goes on with another phone after a transfer', async () => {
    await openEve();
    const before = bob.phone.call(eve.user.extension);
    const ofBob = { ...ofAnn, name: '202', extension: '202' };
    await callIs(eve.page, ofBob, 'calls you');
    await pressIn(eve.page, ofBob, 'Answer');
    await eventually(() => before.isUp, 20_000);
    await before.session.refer({ to: sipUri({ user: '201', host: bob.phone.domain }) }, () => undefined);
    const call = await ann.phone.nextCall();
    await expectEnd(before, 'ended by peer');
    await expectSpeech(ann, call, eve.page);
    call.hangUp();
    await expectNothingLeft();
  });
});

describe('calls that the platform answers itself', () => {
  let own: OwnTaskCloud;
  let dan: Speaker;
  beforeAll(async () => {
    own = await taskCloudIn(cloud.cloud, cloud.operator);
    const [first] = await newSoftphones(own.tenant, ['201'], own.tasks[0]);
    dan = await speakerOf(first.phone);
    everything.use(dan.party);
    everything.use(dan.phone);
    const rule = (priority: number, pattern: string, action: string, destination = '') => ({
      ...{ priority, pattern, action, destination },
    });
    const rules = [
      rule(1, '^800$', 'answer'),
      rule(2, '^801$', 'hangup', 'USER_BUSY'),
      rule(3, '^802$', 'hangup'),
      rule(4, '^803$', 'hangup', 'CALL_REJECTED'),
      rule(5, '^804$', 'playback', 'missing'),
      rule(6, '^805$', 'voicemail', '201'),
    ];
    expect(outcome(await own.tenant.ask('PUT', '/voicemailprefs/201', {}))).toMatch(/^20[01]$/);
    const template = { name: 'Applications', rules, variables: {} };
    expect(outcome(await own.tenant.ask('PUT', '/dialplan/template', template))).toMatch(/^20[01]$/);
  });

  const cdrOf = async (called: string): Promise<Body> =>
    eventually(async () => {
      const found = (await allCdrs(own.tenant)).find(({ callee }) => callee === called);
      if (found === undefined) throw new Error(`no CDR of ${called}`);
      return found;
    }, 20_000);

  test('answer: the caller is answered by the platform, until it hangs up; the call costs nothing', async () => {
    const call = dan.phone.call('800');
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    await eventually(async () => expect((await sessions()).toSorted()).toEqual([0, 1]));
    await eventually(async () => {
      const { body } = await own.tenant.ask('GET', '/Calls');
      const id = (body as { calls: { id: string }[] }).calls[0]?.id ?? '';
      expect((await own.tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({
        ...{ status: 'answered', legs: [{ role: 'source' }, { role: 'destination', kind: 'application' }] },
      });
    });
    call.hangUp();
    expect(await cdrOf('800')).toMatchObject({ disposition: 'ANSWERED', direction: 'internal' });
    await expectNothingLeft();
  });

  test.each([
    ['801', 'failed 486', 'BUSY'],
    ['802', 'failed 480', 'NO ANSWER'],
    ['803', 'failed 603', 'FAILED'],
    // A sound that does not exist is skipped.
    ['804', 'failed 480', 'NO ANSWER'],
  ])('hangup, or nothing to play: a call to %s %s', async (called, failure, disposition) => {
    const call = dan.phone.call(called);
    await eventually(() => expect(call.log.at(-1)).toBe(failure), 20_000);
    expect(await cdrOf(called)).toMatchObject({ disposition });
  });

  test('voicemail: the caller is answered, and the call ends after a text', async () => {
    const call = dan.phone.call('805');
    await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
    expect(call.log).toContain('answered');
    expect(await cdrOf('805')).toMatchObject({ disposition: 'ANSWERED', direction: 'internal' });
  });
});

describe('a relay that dies', () => {
  /** The id of the only call. */
  const liveCall = () =>
    eventually(async () => {
      const live = await liveCalls(cloud);
      expect(live.map(({ status }) => status)).toEqual(['answered']);
      return { id: String(live[0]?.['id']) };
    });

  test('ends its calls at both sides with their CDRs, and the other one takes the next calls', async () => {
    const { caller, callee } = await annCallsBob();
    const call = await liveCall();
    const counts = await sessions();
    expect(counts.toSorted()).toEqual([0, 1]);
    const used = relays[counts.indexOf(1)];
    relays = relays.filter((each) => each !== used);
    const killedAt = Date.now();
    await used?.program.stop('SIGKILL');
    await expectEnd(caller, 'ended by peer');
    await expectEnd(callee, 'ended by peer');
    await eventually(async () => expect(await hangupOf(call)).toMatchObject({ hangup: lost }));
    const [cdr] = await eventually(async () => {
      const cdrs = await allCdrs(cloud.tenant);
      const filed = cdrs.filter(({ call_id: id }) => id === call.id);
      expect(filed).toHaveLength(1);
      return filed;
    }, 30_000);
    // Charged until the media were lost, and not until three checks had found it.
    const endedAt = Date.parse(String(cdr?.['end_time'])) + Number(cdr?.['end_ms']);
    expect(Math.abs(endedAt - killedAt)).toBeLessThan(1_500);
    const next = await annCallsBob();
    await expectHeard([ann, next.caller], [bob, next.callee]);
    await hangUp(next.caller, next.callee);
  });
  const lost = { cause: 'MEDIA_RELAY_LOST', q850: 41, sip_code: null, by: 'system' };

  test('and is the last one, leaves calls that are rejected', async () => {
    await relays[0]?.program.stop('SIGKILL');
    const call = ann.phone.call('202');
    await expectEnd(call, 'failed 503');
    expect(bob.phone.calls.every(({ isOver }) => isOver)).toBe(true);
  });
});
