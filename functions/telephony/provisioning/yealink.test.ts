import { expect, test } from 'vitest';
import { device, germanText, indianText, textOf } from './device.fixture.ts';

const manufacturer = 'Yealink';
const text = germanText(manufacturer);

test.each([
  [
    'contains the rules of summer time',
    [
      'local_time.time_zone = +1\n',
      'local_time.summer_time = 1',
      'local_time.dst_time_type = 1',
      'local_time.start_time = 3/5/7/2\n',
      'local_time.end_time = 10/5/7/3\n',
      'local_time.offset_time = 60',
    ],
  ],
  ['contains the language', ['lang.gui = German\n']],
  [
    'locates the domain by its SRV records without a proxy',
    [
      'account.1.sip_server.1.port = 0',
      'account.1.sip_server.1.transport_type = 3',
      'account.1.outbound_proxy_enable = 0',
    ],
  ],
  ['accepts a NOTIFY of the platform without a challenge', ['sip.notify_reboot_enable = 0']],
  [
    'contains the codecs in order of preference',
    ['account.2.codec.pcmu.priority = 1', 'account.2.codec.opus.priority = 5'],
  ],
  ['is fetched again every day', ['auto_provision.repeat.enable = 1\n', 'auto_provision.repeat.minutes = 1440\n']],
  ['contains its own URL', ['server.url = https://api.example.com/provision/dev_1/abc/\n']],
])('a file %s', (_title, values) => {
  expect(values.filter((value) => !text.includes(value))).toEqual([]);
});

test('a time zone without summer time has no rules', () => {
  const standard = indianText(manufacturer);
  expect([
    standard.includes('local_time.summer_time = 0'),
    /start_time|dst |start=|LDT|lastInMonth/.test(standard),
  ]).toEqual([true, false]);
});

test('Chinese is in the script of the language tag', () => {
  expect(textOf(device({ manufacturer, settings: { language: 'zh-TW' } }))).toContain('lang.gui = Chinese_T\n');
  expect(textOf(device({ manufacturer, settings: { language: 'zh' } }))).toContain('lang.gui = Chinese_S\n');
});

test('a file begins with its version, then accounts', () => {
  expect(textOf(device({ manufacturer })).split('\n').slice(1, 3)).toEqual([
    '#!version:1.0.0.1',
    'account.1.enable = 1',
  ]);
});
