import { expect, test } from 'vitest';
import { device, germanText, indianText, line, textOf } from './device.fixture.ts';

const manufacturer = 'Snom';
const text = germanText(manufacturer);

test.each([
  [
    'contains the rules of summer time',
    ['<utc_offset perm="">3600<', '<dst perm="">3600 03.05.07 02:00:00 10.05.07 03:00:00<'],
  ],
  ['contains the language', ['<language perm="">Deutsch<', '<web_language perm="">Deutsch<']],
  ['locates the domain by its SRV records without a proxy', ['<user_host idx="1" perm="">sip.example.com<']],
  ['accepts a NOTIFY of the platform without a challenge', ['<challenge_checksync perm="">off<']],
  [
    'contains the codecs in order of preference',
    ['<codec_priority_list idx="2" perm="">pcmu,pcma,g722,g729,opus,telephone-event<'],
  ],
  ['is fetched again every day', ['<settings_refresh_timer perm="">86400<']],
  [
    'contains its own URL',
    ['<setting_server perm="">https://api.example.com/provision/dev_1/abc/snom-001a2b3c4d5e.xml<'],
  ],
])('a file %s', (_title, values) => {
  expect(values.filter((value) => !text.includes(value))).toEqual([]);
});

test('a time zone without summer time has no rules', () => {
  const standard = indianText(manufacturer);
  expect([
    standard.includes('<utc_offset perm="">19800<') && /<dst perm=""(\/>|><)/.test(standard),
    /start_time|start=|LDT|lastInMonth/.test(standard),
  ]).toEqual([true, false]);
});

test('the language is named in the language itself', () => {
  expect(textOf(device({ manufacturer, settings: { language: 'fr' } }))).toContain('<language perm="">Fran\u00e7ais<');
});

test('a key watches an extension by its SIP URI', () => {
  const lines = [line(1), line(2, { type: 'blf', sip_username: null, extension: '*7#' })];
  expect(textOf(device({ manufacturer, lines }))).toContain('>blf sip:*7%23@sip.example.com<');
});
