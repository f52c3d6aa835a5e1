import { expect, test } from 'vitest';
import { Admission } from './admission.ts';
import type { Flow } from './flow.ts';
import { SourceLimits } from './source-limits.ts';

const flowOf = (port: number, transport: Flow['transport'] = 'udp'): Flow => ({
  transport,
  remote: { address: '192.0.2.1', port },
  local: { address: '10.0.0.1', port: 5_060 },
});
const [phone, stranger] = [flowOf(5_061), flowOf(40_000)];
const [answer, request] = [Buffer.from('SIP/2.0 200 OK'), Buffer.from('OPTIONS')];

/** An admission after a flood in the name of the phone's address. */
function floodedAdmission() {
  const sources = new SourceLimits(
    () => 1_000_000,
    () => undefined,
  );
  const admission = new Admission({
    sources,
    isRegistered: (flow) => flow === phone,
    isAwaited: (packet) => packet === answer,
  });
  while (admission.admits(stranger, request));
  return admission;
}

test('a flood in the name of an address drops neither the packets of its phones nor answers to our requests', () => {
  const admission = floodedAdmission();
  const { address } = phone.remote;
  expect([
    admission.admits(stranger, request),
    admission.admits(phone, request),
    admission.admits(stranger, answer),
    admission.admitsConnection({ address, port: 40_000 }),
    admission.admits(flowOf(40_000, 'tcp'), request),
  ]).toEqual([false, true, true, true, true]);
});

test('a phone that floods is limited itself', () => {
  const admission = floodedAdmission();
  const dropped = admission.droppedPackets();
  for (let packet = 0; packet < 2_000; packet += 1) admission.admits(phone, request);
  expect(admission.droppedPackets() - dropped).toBe(1_000);
});
