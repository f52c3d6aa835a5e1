import { expect, test } from 'vitest';
import { readSender } from './stored-sender.ts';

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '10.0.0.1', port: 5_060 },
} as const;

test('the flow of a phone is used through the task that had it', () => {
  expect(readSender({ kind: 'flow', flow }, 'task_1')).toEqual({ kind: 'flow', flow: { ...flow, task: 'task_1' } });
  const passed = { ...flow, task: 'task_0' };
  expect(readSender({ kind: 'flow', flow: passed }, 'task_1')).toEqual({ kind: 'flow', flow: passed });
});

test('a connection is of no use to another task', () => {
  for (const transport of ['tcp', 'tls', 'ws', 'wss'])
    expect(readSender({ kind: 'flow', flow: { ...flow, transport, connection: 'c1' } }, 'task_1')).toBeUndefined();
});

test('a peer is reached by its name, or where it was heard', () => {
  const peer = { host: 'carrier.example', port: 5_060, transport: 'udp' };
  expect(readSender({ kind: 'peer', peer }, 'task_1')).toEqual({ kind: 'peer', peer });
  expect(readSender({ kind: 'peer', peer, flow }, 'task_1')).toEqual({
    kind: 'peer',
    peer,
    flow: { ...flow, task: 'task_1' },
  });
});

test('what cannot be read is no sender', () => {
  expect([readSender(undefined, 'task_1'), readSender({ kind: 'pigeon' }, 'task_1')]).toEqual([undefined, undefined]);
});
