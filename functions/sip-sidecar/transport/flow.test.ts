import { expect, test } from 'vitest';
import { flowKey, isSameAddress, type Flow } from './flow.ts';

const flow: Flow = {
  transport: 'tcp',
  remote: { address: '192.0.2.1', port: 5_062 },
  local: { address: '10.0.0.1', port: 5_060 },
  connection: 'c1',
};

test('a flow is identified by transport, remote end and connection', () => {
  const others: Flow[] = [
    { ...flow, transport: 'tls' },
    { ...flow, remote: { ...flow.remote, port: 1 } },
    { ...flow, connection: 'c2' },
  ];
  expect(new Set([flow, ...others].map(flowKey)).size).toBe(4);
  expect(flowKey({ ...flow, local: { address: '10.0.0.2', port: 1 } })).toBe(flowKey(flow));
});

test.each([
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['2001:db8::1', '2001:0DB8:0::0001', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['2001:db8::1', '2001:db8::2', false],
])('the address %s is that of %s: %s', (one, other, isSame) => {
  expect([isSameAddress(one, other), isSameAddress(other, one)]).toEqual([isSame, isSame]);
});
