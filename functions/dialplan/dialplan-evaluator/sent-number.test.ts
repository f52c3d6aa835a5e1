import { expect, test } from 'vitest';
import type { Decision, Route } from '../plan/decide.ts';
import { isEmergencyOnly, isSentAsEmergency, sentBy } from './sent-number.ts';

const over = (gateway: string | null, destination: string): Route => ({
  gateway,
  name: 'any',
  destination,
  status: 'unknown',
});
const bridge = (destination: string, routes: readonly Route[] = []) =>
  ({ action: 'bridge', destination, routes }) as const;
const dialed = '912125550100';

test('each gateway is sent what its dial string ends with, with its prefix', () => {
  const routes = [over('gw_1', 'sofia/gateway/Carrier/004412125550100'), over(null, `sofia/gateway/pstn/${dialed}`)];
  expect(sentBy(bridge('any', routes), dialed)).toEqual({
    to: 'gateways',
    numbers: [
      { text: '004412125550100', gateway: 'gw_1' },
      { text: dialed, gateway: null },
    ],
  });
});

test.each(['sofia/gateway/pstn/44207/9460000', 'sofia/gateway/pstn/44207/9460000,x', 'sofia/gateway//44207/9460000'])(
  '%s is a call over a gateway, whatever the plan reads in it',
  (destination) => {
    expect(sentBy(bridge(destination), dialed)).toMatchObject({
      to: 'gateways',
      numbers: [{ text: destination.slice(destination.indexOf('44207')), gateway: null }],
    });
  },
);

test.each([
  ['sip:442079460000@carrier.example', 'sip:442079460000@carrier.example'],
  ['sofia/external/442079460000@carrier.example', 'sip:442079460000@carrier.example'],
  ['loopback/1', 'loopback/1'],
])('%s is a call to a host, priced by its user before what was dialed', (destination, text) => {
  expect(sentBy(bridge(destination), dialed)).toEqual({ to: 'host', texts: [text, dialed] });
});

test.each<[string, Pick<Decision, 'action' | 'destination'>]>([
  ['phones of the organization', { action: 'bridge', destination: 'user/204@sip.example.com' }],
  ['another decision', { action: 'transfer', destination: '442079460000' }],
  ['a mailbox', { action: 'voicemail', destination: 'default sip.example.com 204' }],
  ['an announcement', { action: 'playback', destination: 'closed.wav' }],
  ['nothing', { action: 'hangup', destination: '' }],
])('a call to %s sends nothing that costs', (_whom, decision) => {
  expect(sentBy({ ...decision, routes: [] }, dialed)).toEqual({ to: 'inside' });
});

test.each([
  ['911', '911', true],
  ['9911', '911', true],
  ['+1911', '911', true],
  ['442079460911', '911', false],
  ['1234#44207946911', '911', false],
  ['2079460911', '911', false],
  ['442079460000', '911', false],
])('%s is taken for the emergency number %s: %s', (text, dialed, isTaken) => {
  expect(isSentAsEmergency(text, dialed, 'US')).toBe(isTaken);
});

test('the number of a subscriber is taken for no emergency number, also where such numbers are short', () => {
  expect(isSentAsEmergency('0112', '112', 'DK')).toBe(true);
  expect(isSentAsEmergency('32345112', '112', 'DK')).toBe(false);
});

test('an emergency call that sends another number over one of its routes is no emergency call', () => {
  const over = (...texts: string[]) =>
    ({ to: 'gateways', numbers: texts.map((text) => ({ text, gateway: null })) }) as const;
  expect(isEmergencyOnly(over('911', '9911'), '911', 'US')).toBe(true);
  expect(isEmergencyOnly(over('911', '442079460911'), '911', 'US')).toBe(false);
  expect(isEmergencyOnly({ to: 'host', texts: ['sip:psap@pbx.example', '911'] }, '911', 'US')).toBe(true);
  expect(isEmergencyOnly({ to: 'host', texts: ['sip:442079460000@x', '911'] }, '911', 'US')).toBe(false);
  expect(isEmergencyOnly({ to: 'inside' }, '911', 'US')).toBe(true);
});
