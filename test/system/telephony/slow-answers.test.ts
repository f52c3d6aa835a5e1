// Own cloud: has a firewall between it and a carrier.
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needsNamespaces, openFirewalledHost } from '#test/support/nat-namespace.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import { answerAfter } from '../peers/call-scenarios.ts';
import { peerPort } from '../peers/sip-server.ts';
import { answerCalls } from '../peers/sipp.ts';
import { startTaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome } from '../tenant.fixture.ts';

/** Answers that come after a firewall would have forgotten the flow of the INVITE. */

needs('sipp');
needsNamespaces();

/** Milliseconds; a call to a gateway rings for 60 s. */
const ringing = 50_000;

test('a carrier that rings for 50 s answers through a firewall that forgets a flow after 30 s', async () => {
  await using everything = new AsyncDisposableStack();
  const carrier = everything.use(openFirewalledHost());
  const { cloud, tenant, tasks } = await startTaskCloud(1, { HOST: carrier.outside });
  everything.defer(() => cloud.stop());
  const [task] = tasks;
  const gateway = { name: 'slow', host: carrier.address, port: peerPort, ping: { enabled: false } };
  expect(outcome(await tenant.ask('PUT', '/sipgateways/new', gateway))).toBe('201');
  const destination = 'sofia/gateway/slow/$1';
  await useExtensions(tenant, { priority: 2, pattern: '^(07[0-9]{8})$', action: 'bridge', destination });
  everything.use(answerCalls(answerAfter(ringing), { from: carrier.address, namespace: carrier.name }));
  const account = await newLine(tenant, '201');
  const phone = everything.use(await Softphone.open(task, { from: carrier.outside, account }));
  expect(await phone.register()).toBe(200);
  const call = phone.call('0701234567');
  await eventually(() => expect(call.isUp || call.isOver, call.log.join(', ')).toBe(true), ringing + 30_000);
  expect(call.log).toEqual(['180', 'answered']);
  call.hangUp();
  await eventually(async () => expect((await tenant.ask('GET', '/Calls')).body).toMatchObject({ calls: [] }), 20_000);
});
