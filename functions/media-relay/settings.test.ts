import { expect, test } from 'vitest';
import { readMediaPorts, settingsFrom } from './settings.ts';

test('without variables, it listens at the address of its task and has the ports of its contract', () => {
  expect(settingsFrom({})).toEqual({
    address: undefined,
    ngAddress: undefined,
    publicAddress: undefined,
    mediaPorts: { first: 30_000, last: 39_999 },
    ports: { ng: 22_222, control: 8_081, health: 8_080 },
    recordingFolder: undefined,
    soundFolder: undefined,
    healthHost: '0.0.0.0',
    drainSeconds: 0,
    generation: '1',
    metadataUri: undefined,
    agentUri: undefined,
  });
});

test('its variables are addresses, ports and a range of ports', () => {
  const variables = {
    MEDIA_ADDRESS: '192.0.2.1',
    MEDIA_PUBLIC_ADDRESS: 'auto',
    MEDIA_PORTS: '10000-10003',
    PORT_NG: '9',
  };
  expect(settingsFrom(variables)).toMatchObject({
    address: '192.0.2.1',
    publicAddress: 'auto',
    mediaPorts: { first: 10_000, last: 10_003 },
    ports: { ng: 9 },
  });
});

test.each([
  [{ MEDIA_ADDRESS: 'relay.example.com' }, 'MEDIA_ADDRESS'],
  [{ NG_ADDRESS: 'relay.example.com' }, 'NG_ADDRESS'],
  [{ MEDIA_ADDRESS: 'auto' }, 'MEDIA_ADDRESS'],
  [{ MEDIA_PUBLIC_ADDRESS: '::1' }, 'MEDIA_PUBLIC_ADDRESS'],
  [{ PORT_NG: '0' }, 'PORT_NG'],
  [{ PORT_HEALTH: '65536' }, 'PORT_HEALTH'],
])('%o is not accepted', (variables, name) => {
  expect(() => settingsFrom(variables)).toThrow(name);
});

test.each([
  '',
  '10000',
  '10000-',
  '10000-10002',
  '10003-10000',
  '0-100',
  '65530-65536',
  '10000-20000-30000',
  '1e3-2e3',
])('"%s" is no range of media ports', (text) => {
  expect(() => readMediaPorts(text)).toThrow('MEDIA_PORTS');
});
