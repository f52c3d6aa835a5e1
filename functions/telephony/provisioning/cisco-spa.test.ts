import { expect, test } from 'vitest';
import { device, germanText, indianText, line, textOf } from './device.fixture.ts';

const manufacturer = 'Cisco SPA';
const text = germanText(manufacturer);

test.each([
  [
    'contains the rules of summer time',
    [
      '<Time_Zone>GMT+01:00<',
      '<Daylight_Saving_Time_Enable>Yes<',
      '>start=3/-1/7/02:00:00;end=10/-1/7/03:00:00;save=01:00:00<',
    ],
  ],
  ['contains the language', ['<Language_Selection>German<']],
  [
    'locates the domain by its SRV records without a proxy',
    ['<Use_DNS_SRV_1_>Yes<', '<DNS_SRV_Auto_Prefix_1_>Yes<', '<Use_Outbound_Proxy_1_>No<'],
  ],
  [
    'accepts a NOTIFY of the platform without a challenge',
    ['<Auth_Resync-Reboot_1_>No<', '<Auth_Resync-Reboot_2_>No<'],
  ],
  ['contains the codecs in order of preference', ['<Preferred_Codec_2_>G711u<']],
  ['is fetched again every day', ['<Resync_Periodic>86400<']],
  ['contains its own URL', ['<Profile_Rule>https://api.example.com/provision/dev_1/abc/spa001a2b3c4d5e.xml<']],
])('a file %s', (_title, values) => {
  expect(values.filter((value) => !text.includes(value))).toEqual([]);
});

test('a time zone without summer time has no rules', () => {
  const standard = indianText(manufacturer);
  expect([
    standard.includes('<Daylight_Saving_Time_Enable>No<'),
    /start_time|dst |start=|LDT|lastInMonth/.test(standard),
  ]).toEqual([true, false]);
});

test('a key watches an extension by its SIP URI', () => {
  const lines = [line(1), line(2, { type: 'blf', sip_username: null, extension: '*7#' })];
  expect(textOf(device({ manufacturer, lines }))).toContain(
    '>fnc=blf+sd;sub=*7%23@sip.example.com;ext=*7%23@sip.example.com<',
  );
});
