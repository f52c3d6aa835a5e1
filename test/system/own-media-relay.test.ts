import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { expectHeard, speakerOf, type Speaker } from './relayed-calls.fixture.ts';
import { processesOf } from './processes.ts';
import { startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones, type Conversation } from './softphones.fixture.ts';

/** The relay that `npm start` starts by itself. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: Speaker;
let bob: Speaker;
beforeAll(async () => {
  cloud = await startTaskCloud(1, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const made = await newSoftphones(cloud.tenant, ['201', '202'], cloud.tasks[0]);
  [ann, bob] = (await Promise.all(
    made.map(async ({ phone }) => {
      const speaker = await speakerOf(phone);
      everything.use(speaker.party);
      everything.use(phone);
      return speaker;
    }),
  )) as [Speaker, Speaker];
});
afterAll(() => everything.disposeAsync());

const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, '202');

async function expectTalk({ caller, callee }: Conversation): Promise<void> {
  expect(callee.remote).not.toContain(`m=audio ${ann.phone.mediaPort} `);
  await expectHeard([ann, caller], [bob, callee]);
}

/** Ids of the rtpengine processes that this system has started: each has a session of its own. */
const engines = (): number[] => {
  const own = new Set(processesOf(cloud.cloud.pid));
  return execFileSync('ps', ['-eo', 'pid=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, program]) => program === 'rtpengine' && own.has(Number(pid)))
    .map(([pid]) => Number(pid));
};

test('npm start starts a media relay where rtpengine is installed', async () => {
  expect(cloud.cloud.printed()).toMatch(/Media relay +rtpengine, started/);
  expect(engines()).toHaveLength(1);
  const { caller, callee } = await annCallsBob();
  await expectTalk({ caller, callee });
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('a media relay that has died ends its calls, and is started again for others', async () => {
  const { callee } = await annCallsBob();
  const [before] = engines();
  // Without an id, kill(2) would end the tests.
  expect(before).toBeGreaterThan(0);
  process.kill(before!, 'SIGKILL');
  await expectEnd(callee, 'ended by peer');
  await eventually(() => expect(engines()).toHaveLength(1), 20_000);
  // Calls are rejected until the new one answers.
  await expectTalk(await eventually(annCallsBob, 20_000));
});
