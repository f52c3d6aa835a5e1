import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { xmlDocument } from '#http/answers/xml.ts';
import { configurationFor, device, germanText, indianText, textOf } from './device.fixture.ts';
import { polycomFiles } from './polycom.ts';

const manufacturer = 'Polycom';
const text = germanText(manufacturer);

test.each([
  [
    'contains the rules of summer time',
    [
      'tcpIpApp.sntp.gmtOffset="3600"',
      '.daylightSavings.enable="1"',
      '.start.month="3"',
      '.start.dayOfWeek="1"',
      '.start.dayOfWeek.lastInMonth="1"',
      '.start.time="2"',
      '.stop.month="10"',
      '.stop.time="3"',
    ],
  ],
  ['contains the language', ['lcl.ml.lang="German_Germany"']],
  [
    'locates the domain by its SRV records without a proxy',
    ['reg.1.server.1.address="sip.example.com"', 'reg.1.server.1.transport="UDPOnly"'],
  ],
  ['accepts a NOTIFY of the platform without a challenge', ['voIpProt.SIP.specialEvent.checkSync.alwaysReboot="1"']],
  ['contains the codecs in order of preference', ['voice.codecPref.G711_Mu="1"']],
  ['is fetched again every day', ['prov.polling.enabled="1" prov.polling.mode="rel" prov.polling.period="86400"']],
  ['contains its own URL', ['device.prov.serverName="https://api.example.com/provision/dev_1/abc/"']],
])('a file %s', (_title, values) => {
  expect(values.filter((value) => !text.includes(value))).toEqual([]);
});

test('a time zone without summer time has no rules', () => {
  const standard = indianText(manufacturer);
  expect([
    standard.includes('daylightSavings.enable="0"'),
    /start_time|dst |start=|LDT|lastInMonth/.test(standard),
  ]).toEqual([true, false]);
});

test('a zone whose summer time saves no hour has its present offset', () => {
  const text = textOf(device({ manufacturer, settings: { timezone: 'Australia/Lord_Howe' } }));
  expect(text).toContain('tcpIpApp.sntp.gmtOffset="39600" tcpIpApp.sntp.daylightSavings.enable="0"');
});

test.each([
  ['en-GB', 'lcl.ml.lang="English_United_Kingdom"'],
  ['fr-CA', 'lcl.ml.lang="French_France"'],
  ['nb', 'lcl.ml.lang="Norwegian_Norway"'],
])('the language %s is %s', (language, expected) => {
  expect(textOf(device({ manufacturer, settings: { language } }))).toContain(expected);
});

test('a language that the phone does not have is left out', () => {
  expect(textOf(device({ manufacturer, settings: { language: 'cy' } }))).not.toContain('lcl.ml.lang');
});

test('the master file names the file of the phone', () => {
  const [master] = polycomFiles(configurationFor(device({ manufacturer })));
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(
    xmlDocument(Object(master?.content) as Parameters<typeof xmlDocument>[0]),
  ) as { APPLICATION: object };
  expect(parsed.APPLICATION).toMatchObject({ '@_CONFIG_FILES': '001a2b3c4d5e-reg.cfg' });
});
