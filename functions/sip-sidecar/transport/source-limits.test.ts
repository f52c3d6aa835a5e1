import { expect, test } from 'vitest';
import type { Flow } from './flow.ts';
import { SourceLimits } from './source-limits.ts';

const flowOf = (address: string, transport: Flow['transport'] = 'udp', port = 5_060): Flow => ({
  transport,
  remote: { address, port },
  local: { address: '10.0.0.1', port: 5_060 },
});

function limitsAt() {
  const clock = { now: 1_000_000 };
  const suspected: string[] = [];
  const limits: SourceLimits = new SourceLimits(
    () => clock.now,
    (address) => void suspected.push(address),
  );
  const admitted = (address: string, packets: number, transport: Flow['transport'] = 'udp') =>
    Array.from({ length: packets }, () => limits.admits(flowOf(address, transport))).filter(Boolean).length;
  return { clock, limits, admitted, suspected };
}

test('a flood from one source is limited to its rate, and other sources are not affected', () => {
  const { clock, admitted, suspected } = limitsAt();
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
  expect(admitted('192.0.2.2', 500)).toBe(500);
  clock.now += 1_000;
  expect(admitted('192.0.2.1', 50_000)).toBe(200);
  expect(suspected).toEqual(['192.0.2.1']);
});

test('packets in the name of an address do not limit its connections', () => {
  const { admitted } = limitsAt();
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
  expect([admitted('192.0.2.1', 600, 'tcp'), admitted('192.0.2.1', 600, 'tls')]).toEqual([600, 400]);
});

test('the flow of a binding has a limit of its own', () => {
  const { admitted, limits } = limitsAt();
  admitted('192.0.2.1', 50_000);
  const ofFlow = (port: number) =>
    Array.from({ length: 2_000 }, () => limits.admitsFlow(flowOf('192.0.2.1', 'udp', port))).filter(Boolean).length;
  expect([ofFlow(5_061), ofFlow(5_062)]).toEqual([1_000, 1_000]);
});

test('challenges of an address over UDP have a lower limit', () => {
  const { clock, limits } = limitsAt();
  const challenges = (transport: Flow['transport'] = 'udp') =>
    Array.from({ length: 20_000 }, () => limits.admitsChallenge(flowOf('192.0.2.1', transport))).filter(Boolean).length;
  expect([challenges(), challenges('tcp')]).toEqual([500, 20_000]);
  clock.now += 1_000;
  expect(challenges()).toBe(50);
  limits.recordSuccess(flowOf('192.0.2.1'));
  clock.now += 1_000;
  expect(challenges()).toBe(2_000);
});

test('an address whose phones have authenticated may send more', () => {
  const { clock, limits, admitted } = limitsAt();
  limits.recordSuccess(flowOf('192.0.2.1'));
  clock.now += 2_000;
  expect(admitted('192.0.2.1', 50_000)).toBeGreaterThan(9_000);
});

test('the answers to our requests do not count, however many we send', () => {
  const { admitted, limits } = limitsAt();
  expect(admitted('192.0.2.1', 1_001)).toBe(1_000);
  for (let request = 0; request < 5_000; request += 1) {
    limits.expectAnswers(flowOf('192.0.2.1'));
    expect(admitted('192.0.2.1', 5)).toBe(4);
  }
});

test('unused answers do not raise the burst of a source', () => {
  const { admitted, limits } = limitsAt();
  for (let request = 0; request < 5_000; request += 1) limits.expectAnswers(flowOf('192.0.2.1'));
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
});

test('the address of a trunk is known on every transport', () => {
  const { limits, admitted } = limitsAt();
  limits.trust('192.0.2.1');
  expect([admitted('192.0.2.1', 50_000), admitted('192.0.2.1', 50_000, 'tcp')]).toEqual([10_000, 10_000]);
});

test('known sources are remembered among 100,000 others, in 3 MiB', () => {
  const { clock, limits, admitted } = limitsAt();
  const offices = Array.from({ length: 1_000 }, (_value, number) => `198.51.100.${number}`);
  for (const office of offices) limits.recordSuccess(flowOf(office));
  for (let address = 0; address < 100_000; address += 1) limits.admits(flowOf(`forged ${address}`));
  clock.now += 1_000;
  expect(offices.filter((office) => admitted(office, 1_001) < 1_001)).toEqual([]);
  expect(limits.bytes).toBe(3 * 1024 * 1024);
});
