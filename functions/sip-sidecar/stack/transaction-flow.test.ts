import { expect, test } from 'vitest';
import { remoteKey, transactionFlow } from './transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';

const udp: Flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_062 },
  local: { address: '10.0.0.1', port: 5_060 },
};

test('UDP is unreliable, connections are reliable', () => {
  const transports = ['udp', 'tcp', 'tls'] as const;
  expect(transports.map((transport) => transactionFlow({ ...udp, transport }).reliable)).toEqual([false, true, true]);
});

test('the remote key of UDP does not depend on the receiving task', () => {
  expect(remoteKey({ ...udp, local: { address: '10.0.0.2', port: 5_060 } })).toBe(remoteKey(udp));
  expect(remoteKey({ ...udp, remote: { ...udp.remote, port: 1 } })).not.toBe(remoteKey(udp));
});

test('the remote key of a connection belongs to that connection', () => {
  const [one, other] = ['c1', 'c2'].map((connection) => remoteKey({ ...udp, transport: 'tcp', connection }));
  expect(one).not.toBe(other);
});
