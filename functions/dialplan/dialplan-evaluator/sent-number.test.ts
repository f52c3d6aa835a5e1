import { expect, test } from 'vitest';
import type { Route } from './decide.ts';
import { gatewayDirectory } from './gateways.ts';
import { sentNumber } from './sent-number.ts';

const gateways = gatewayDirectory([{ id: 'gw_1', name: 'Carrier', enabled: true, prefix: '77', strip: 1 }]);
const over = (gateway: string | null, destination: string): Route => ({
  ...{ gateway, name: 'any', destination, status: 'unknown' },
});
const rule = { priority: 1, pattern: '^9' };

test.each([
  ['a managed gateway, without its prefix', { routes: [over('gw_1', 'any')], rule: null }, '12125550100'],
  ['a gateway of the switch, as dialed', { routes: [over(null, 'any')], rule: null }, '912125550100'],
  [
    'a rule of the template, as it writes the number',
    { routes: [over('gw_1', 'sofia/gateway/Carrier/2125550100')], rule },
    '2125550100',
  ],
  ['the first of several gateways', { routes: [over(null, 'any'), over('gw_1', 'any')], rule: null }, '912125550100'],
  ['no gateway: no number is sent', { routes: [], rule }, null],
])('a call is priced by the number that is sent over %s', (_name, decision, number) => {
  expect(sentNumber(decision, '912125550100', gateways)).toBe(number);
});
