import { expect, test } from 'vitest';
import { configurationFor, device } from './device.fixture.ts';
import { plainFiles } from './device-configuration.ts';

test('a JSON file has accounts, keys, settings and secrets of the device', () => {
  const [file] = plainFiles(configurationFor(device(), 'sip.example.com:5080'));
  expect(file?.name).toBe('001a2b3c4d5e.json');
  expect(JSON.parse(file?.content as string)).toMatchObject({
    device_id: 'dev_1',
    mac_address: '00:1A:2B:3C:4D:5E',
    provisioning_url: 'https://api.example.com/provision/dev_1/abc/',
    accounts: [
      {
        line_number: 1,
        extension: '101',
        username: '1'.repeat(22),
        password: `secret-of-${'1'.repeat(22)}`,
        outbound_proxy: 'sip.example.com:5080',
        registration_expiry: 3_600,
      },
      { line_number: 2 },
    ],
    keys: [{ line_number: 3, type: 'blf', extension: '103', label: '103' }],
    codecs: ['PCMU', 'PCMA', 'G722', 'G729', 'OPUS'],
    timezone: 'America/New_York',
    language: 'en-US',
    admin_password: 'a<&"b',
    settings: { ringtone: 'default' },
  });
});
