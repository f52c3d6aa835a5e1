import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needsNamespaces, openNatNamespace } from '../support/nat-namespace.fixture.ts';
import { needs } from '../support/tools.ts';
import { newLine } from './calls.fixture.ts';
import { start } from './peers/program.ts';
import { startRtpEngine } from './peers/rtpengine.ts';
import { speakerOf } from './relayed-calls.fixture.ts';
import { startTaskCloud } from './sidecar-tasks.fixture.ts';
import { newSoftphones } from './softphones.fixture.ts';

/** A phone whose description names an address that no one outside of its network reaches. */

needs('rtpengine');
needsNamespaces();

/** Packets that make it certain that a voice is heard. */
const enough = 25;

test('a phone behind the NAT of a router and a phone outside hear each other', async () => {
  await using everything = new AsyncDisposableStack();
  const network = everything.use(openNatNamespace());
  const relay = everything.use(await startRtpEngine(network.outside));
  const cloud = await startTaskCloud(1, { HOST: network.outside, MEDIA_RELAY: relay.name });
  everything.defer(() => cloud.cloud.stop());
  const [server] = cloud.tasks;
  const [made] = await newSoftphones(cloud.tenant, ['201'], server);
  if (made === undefined) throw new Error('no phone');
  const outside = await speakerOf(everything.use(made.phone));
  everything.use(outside.party);

  const account = await newLine(cloud.tenant, '202');
  const voice = 77;
  const given = JSON.stringify({ server, from: network.inside, account, voice });
  const program = 'test/support/nat-phone-process.ts';
  const inside = everything.use(start('ip', ['netns', 'exec', network.name, process.execPath, program, given]));
  await eventually(() => inside.printed().includes('registered 200'), 20_000);

  const call = made.phone.call('202');
  await eventually(() => expect(call.isUp, inside.printed()).toBe(true), 20_000);
  outside.party.speakTo(call);
  await eventually(() => expect(outside.party.packetsOf(voice)).toBeGreaterThan(enough), 20_000);
  const heard = () => Number(/heard (\d+)\s*$/.exec(inside.printed())?.[1]);
  await eventually(() => expect(heard()).toBeGreaterThan(enough), 20_000);
  call.hangUp();
});
