import { expect, test } from 'vitest';
import type { DeviceLine } from '#schema/device.ts';
import { configurationFor, device, germanText, indianText, line } from './device.fixture.ts';
import { grandstreamFiles } from './grandstream.ts';

const manufacturer = 'Grandstream';
const text = germanText(manufacturer);

test.each([
  ['contains the rules of summer time', ['<P64>customize<', '<P246>LTZ-1LDT-2,M3.5.0/02:00:00,M10.5.0/03:00:00<']],
  ['contains the language', ['<P1362>de<']],
  ['locates the domain by its SRV records without a proxy', ['<P103>1<', '<P408>1<']],
  ['accepts a NOTIFY of the platform without a challenge', ['<P4428>1<']],
  [
    'contains the codecs in order of preference',
    ['<P130>0<', '<P448>0<', '<P57>0<', '<P58>8<', '<P451>0<', '<P454>18<'],
  ],
  ['is fetched again every day', ['<P194>1<', '<P193>1440<']],
  ['contains its own URL', ['<P212>2<', '<P237>api.example.com/provision/dev_1/abc<']],
])('a file %s', (_title, values) => {
  expect(values.filter((value) => !text.includes(value))).toEqual([]);
});

test('a time zone without summer time has no rules', () => {
  const standard = indianText(manufacturer);
  expect([standard.includes('<P246>LTZ-5:30<'), /start_time|dst |start=|LDT|lastInMonth/.test(standard)]).toEqual([
    true,
    false,
  ]);
});

test('a phone has at most 6 accounts and 7 watching keys', () => {
  const accounts = (count: number) => Array.from({ length: count }, (_value, at) => line(at + 1));
  const keys = (count: number) =>
    Array.from({ length: count }, (_value, at) => line(at + 1, { type: 'blf', sip_username: null }));
  const render = (lines: DeviceLine[]) => grandstreamFiles(configurationFor(device({ manufacturer, lines })));
  expect(render(accounts(6))).toHaveLength(1);
  expect(render(keys(7))).toHaveLength(1);
  for (const lines of [accounts(7), keys(8)])
    expect(() => render(lines)).toThrow(
      expect.objectContaining({
        code: 'NOT_RENDERABLE',
        details: [expect.objectContaining({ path: 'lines' }) as object],
      }),
    );
});
