import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { startRtpEngine, type RtpEngine } from './peers/rtpengine.ts';
import { speakerOf, type Speaker } from './relayed-calls.fixture.ts';
import { allCdrs, startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { newSoftphones } from './softphones.fixture.ts';
import { outcome, type Body } from './tenant.fixture.ts';

/** Calls that the platform answers itself, over a real relay. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let relay: RtpEngine;
let cloud: TaskCloud;
let ann: Speaker;
beforeAll(async () => {
  relay = everything.use(await startRtpEngine());
  cloud = await startTaskCloud(1, { MEDIA_RELAY: relay.name });
  everything.defer(() => cloud.cloud.stop());
  const [first] = await newSoftphones(cloud.tenant, ['201'], cloud.tasks[0]);
  if (first === undefined) throw new Error('there is no phone');
  ann = await speakerOf(first.phone);
  everything.use(ann.party);
  everything.use(ann.phone);
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
  expect(outcome(await cloud.tenant.ask('PUT', '/voicemailprefs/201', {}))).toMatch(/^20[01]$/);
  const template = { name: 'Applications', rules, variables: {} };
  expect(outcome(await cloud.tenant.ask('PUT', '/dialplan/template', template))).toMatch(/^20[01]$/);
});
afterAll(() => everything.disposeAsync());

const cdrOf = async (called: string): Promise<Body> =>
  eventually(async () => {
    const found = (await allCdrs(cloud.tenant)).find(({ callee }) => callee === called);
    if (found === undefined) throw new Error(`no CDR of ${called}`);
    return found;
  }, 20_000);

test('answer: the caller is answered by the platform, until it hangs up; the call costs nothing', async () => {
  const call = ann.phone.call('800');
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  await eventually(async () => expect(await relay.sessions()).toBe(1));
  await eventually(async () => {
    const { body } = await cloud.tenant.ask('GET', '/Calls');
    const id = (body as { calls: { id: string }[] }).calls[0]?.id ?? '';
    expect((await cloud.tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({
      ...{ status: 'answered', legs: [{ role: 'source' }, { role: 'destination', kind: 'application' }] },
    });
  });
  call.hangUp();
  expect(await cdrOf('800')).toMatchObject({ disposition: 'ANSWERED', direction: 'internal' });
  await eventually(async () => expect(await relay.sessions()).toBe(0));
});

test.each([
  ['801', 'failed 486', 'BUSY'],
  ['802', 'failed 480', 'NO ANSWER'],
  ['803', 'failed 603', 'FAILED'],
  // A sound that does not exist is skipped.
  ['804', 'failed 480', 'NO ANSWER'],
])('hangup, or nothing to play: a call to %s %s', async (called, failure, disposition) => {
  const call = ann.phone.call(called);
  await eventually(() => expect(call.log.at(-1)).toBe(failure), 20_000);
  expect(await cdrOf(called)).toMatchObject({ disposition });
});

test('voicemail: the caller is answered, and the call ends after a text', async () => {
  const call = ann.phone.call('805');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(call.log).toContain('answered');
  expect(await cdrOf('805')).toMatchObject({ disposition: 'ANSWERED', direction: 'internal' });
});
