import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import type { Device, DeviceLine } from '../../../shared/schema/device.ts';
import { isWellFormed } from '../../../test/support/well-formed.ts';
import { configurationOf, fileNamed, masked, type Secrets } from './device-configuration.ts';
import { filesOf } from './formats.ts';

const line = (line_number: number, more: Partial<DeviceLine> = {}): DeviceLine => ({
  line_number,
  extension: `10${line_number}`,
  label: `Line ${line_number}`,
  type: 'primary',
  sip_username: `${line_number}`.repeat(22),
  ...more,
});

const device = (more: Partial<Device> = {}): Device => ({
  id: 'dev_1',
  kind: 'phone',
  mac_address: '00:1A:2B:3C:4D:5E',
  name: 'Desk',
  user_id: null,
  model: null,
  manufacturer: null,
  template_id: 'tmpl_standard',
  lines: [line(1), line(2, { type: 'shared' }), line(3, { type: 'blf', sip_username: null, label: null })],
  settings: { timezone: 'America/New_York', language: 'en-US', ringtone: 'default' },
  provisioning_status: 'pending',
  config_version: 1,
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

const secretsFor = ({ lines }: Device): Secrets => ({
  accounts: new Map(
    lines.flatMap(({ sip_username: name }) =>
      name === null ? [] : [[name, { password: `secret-of-${name}`, domain: 'sip.example.com' }] as const],
    ),
  ),
  adminPassword: 'a<&"b',
  url: 'https://api.example.com/provision/dev_1/abc/',
});

const textOf = (of: Device, proxy: string | null = 'sip.example.com:5080'): string =>
  filesOf(configurationOf(of, secretsFor(of), { proxy, year: 2026 }))
    .map(({ name, content }) => `${name}\n${typeof content === 'string' ? content : xmlDocument(content)}`)
    .join('\n');

const makers = ['Yealink', 'Polycom', 'Cisco SPA', 'Grandstream', 'Snom', 'Acme'] as const;
const names = {
  Yealink: ['001a2b3c4d5e.cfg'],
  Polycom: ['001a2b3c4d5e.cfg', '001a2b3c4d5e-reg.cfg'],
  'Cisco SPA': ['spa001a2b3c4d5e.xml'],
  Grandstream: ['cfg001a2b3c4d5e.xml'],
  Snom: ['snom-001a2b3c4d5e.xml'],
  Acme: ['001a2b3c4d5e.json'],
} as const;

describe.each(makers)('a file of %s', (manufacturer) => {
  const of = device({ manufacturer });

  test('has the names that its phones ask for', () => {
    expect(filesOf(configurationOf(of, secretsFor(of), { proxy: null, year: 2026 })).map(({ name }) => name)).toEqual(
      names[manufacturer],
    );
  });

  test('says user names, passwords, domain, proxy, what is watched and where it lies', () => {
    const text = textOf(of);
    const told = [
      '1'.repeat(22),
      `secret-of-${'1'.repeat(22)}`,
      '2'.repeat(22),
      'sip.example.com',
      '5080',
      '103',
      'Line 2',
      'api.example.com/provision/dev_1/abc',
    ];
    const silent =
      manufacturer === 'Grandstream'
        ? told.filter((each) => each !== '5080' || text.includes('sip.example.com:5080'))
        : told;
    expect(silent.filter((each) => !text.includes(each))).toEqual([]);
  });

  test('shows no password to those who may not know it', () => {
    const shown = JSON.stringify(filesOf(configurationOf(of, masked(secretsFor(of)), { proxy: null, year: 2026 })));
    expect(shown).toContain('********');
    expect(['secret-of-', 'a<&', '/abc/'].filter((each) => shown.includes(each))).toEqual([]);
  });

  const Text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\p{Cc}"]/gu, '').trim());

  test('carries any label', () => {
    fc.assert(
      fc.property(Text, (label) => {
        const labelled = device({ manufacturer, lines: [line(1, { label })] });
        for (const { content, contentType } of filesOf(
          configurationOf(labelled, secretsFor(labelled), { proxy: null, year: 2026 }),
        )) {
          const text = typeof content === 'string' ? content : xmlDocument(content);
          if (contentType === 'application/xml') expect(isWellFormed(text)).toBe(true);
          if (contentType === 'application/json')
            expect(JSON.parse(text)).toMatchObject({ accounts: [{ display_name: label }] });
          if (contentType === 'text/plain')
            expect(
              text.split('\n').filter((row) => row !== '' && !row.startsWith('#!') && !/^[a-z0-9_.]+ = /.test(row)),
            ).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** What a file says to a phone in Germany or in Canada that has no outbound proxy, in the words of its maker. */
const said = {
  Yealink: {
    summer: [
      'local_time.time_zone = +1\n',
      'local_time.summer_time = 1',
      'local_time.dst_time_type = 1',
      'local_time.start_time = 3/5/7/2\n',
      'local_time.end_time = 10/5/7/3\n',
      'local_time.offset_time = 60',
    ],
    language: ['lang.gui = German\n'],
    records: [
      'account.1.sip_server.1.port = 0',
      'account.1.sip_server.1.transport_type = 3',
      'account.1.outbound_proxy_enable = 0',
    ],
    notify: ['sip.notify_reboot_enable = 0'],
    codecs: ['account.2.codec.pcmu.priority = 1', 'account.2.codec.opus.priority = 5'],
    itself: ['server.url = https://api.example.com/provision/dev_1/abc/\n'],
  },
  Polycom: {
    summer: [
      'tcpIpApp.sntp.gmtOffset="3600"',
      '.daylightSavings.enable="1"',
      '.start.month="3"',
      '.start.dayOfWeek="1"',
      '.start.dayOfWeek.lastInMonth="1"',
      '.start.time="2"',
      '.stop.month="10"',
      '.stop.time="3"',
    ],
    language: ['lcl.ml.lang="German_Germany"'],
    records: ['reg.1.server.1.address="sip.example.com"', 'reg.1.server.1.transport="UDPOnly"'],
    notify: ['voIpProt.SIP.specialEvent.checkSync.alwaysReboot="1"'],
    codecs: ['voice.codecPref.G711_Mu="1"'],
    itself: ['device.prov.serverName="https://api.example.com/provision/dev_1/abc/"'],
  },
  'Cisco SPA': {
    summer: [
      '<Time_Zone>GMT+01:00<',
      '<Daylight_Saving_Time_Enable>Yes<',
      '>start=3/-1/7/02:00:00;end=10/-1/7/03:00:00;save=01:00:00<',
    ],
    language: ['<Language_Selection>German<'],
    records: ['<Use_DNS_SRV_1_>Yes<', '<DNS_SRV_Auto_Prefix_1_>Yes<', '<Use_Outbound_Proxy_1_>No<'],
    notify: ['<Auth_Resync-Reboot_1_>No<', '<Auth_Resync-Reboot_2_>No<'],
    codecs: ['<Preferred_Codec_2_>G711u<'],
    itself: ['<Profile_Rule>https://api.example.com/provision/dev_1/abc/spa001a2b3c4d5e.xml<'],
  },
  Grandstream: {
    summer: ['<P64>customize<', '<P246>LTZ-1LDT-2,M3.5.0/02:00:00,M10.5.0/03:00:00<'],
    language: ['<P1362>de<'],
    records: ['<P103>1<', '<P408>1<'],
    notify: ['<P4428>1<'],
    codecs: ['<P130>0<', '<P448>0<', '<P57>0<', '<P58>8<', '<P451>0<', '<P454>18<'],
    itself: ['<P212>2<', '<P237>api.example.com/provision/dev_1/abc<'],
  },
  Snom: {
    summer: ['<utc_offset perm="">3600<', '<dst perm="">3600 03.05.07 02:00:00 10.05.07 03:00:00<'],
    language: ['<language perm="">Deutsch<', '<web_language perm="">Deutsch<'],
    records: ['<user_host idx="1" perm="">sip.example.com<'],
    notify: ['<challenge_checksync perm="">off<'],
    codecs: ['<codec_priority_list idx="2" perm="">pcmu,pcma,g722,g729,opus,telephone-event<'],
    itself: ['<setting_server perm="">https://api.example.com/provision/dev_1/abc/snom-001a2b3c4d5e.xml<'],
  },
} as const;

describe.each(Object.entries(said))(
  '%s is told in its own words',
  (manufacturer, { summer, language, records, notify, codecs, itself }) => {
    const text = textOf(device({ manufacturer, settings: { timezone: 'Europe/Berlin', language: 'de-AT' } }), null);
    const lacking = (wanted: readonly string[]): string[] => wanted.filter((each) => !text.includes(each));

    test('when clocks are changed', () => expect(lacking(summer)).toEqual([]));
    test('its language', () => expect(lacking(language)).toEqual([]));
    test('to find the domain by its SRV records', () => expect(lacking(records)).toEqual([]));
    test('to do what a NOTIFY says, without a challenge', () => expect(lacking(notify)).toEqual([]));
    test('which codecs to prefer', () => expect(lacking(codecs)).toEqual([]));
    test('where its file lies', () => expect(lacking(itself)).toEqual([]));
  },
);

test.each([
  ['Yealink', 'zh-TW', 'lang.gui = Chinese_T\n'],
  ['Yealink', 'zh', 'lang.gui = Chinese_S\n'],
  ['Polycom', 'en-GB', 'lcl.ml.lang="English_United_Kingdom"'],
  ['Polycom', 'fr-CA', 'lcl.ml.lang="French_France"'],
  ['Polycom', 'nb', 'lcl.ml.lang="Norwegian_Norway"'],
  ['Snom', 'fr', '<language perm="">Fran\u00e7ais<'],
])('%s calls %s %s', (manufacturer, language, expected) => {
  expect(textOf(device({ manufacturer, settings: { language } }))).toContain(expected);
});

test('a language that a phone does not have is left out', () => {
  expect(textOf(device({ manufacturer: 'Polycom', settings: { language: 'cy' } }))).not.toContain('lcl.ml.lang');
});

test.each([
  ['Yealink', 'local_time.summer_time = 0'],
  ['Polycom', 'daylightSavings.enable="0"'],
  ['Cisco SPA', '<Daylight_Saving_Time_Enable>No<'],
  ['Grandstream', '<P246>LTZ-5:30<'],
  ['Snom', '<utc_offset perm="">19800<'],
])('%s leaves clocks alone where nobody changes them', (manufacturer, expected) => {
  const text = textOf(device({ manufacturer, settings: { timezone: 'Asia/Kolkata' } }));
  expect([text.includes(expected), /start_time|dst |start=|LDT|lastInMonth/.test(text)]).toEqual([true, false]);
});

test.each([
  ['Snom', '>blf sip:*7%23@sip.example.com<'],
  ['Cisco SPA', '>fnc=blf+sd;sub=*7%23@sip.example.com;ext=*7%23@sip.example.com<'],
])('%s watches an extension by a SIP URI', (manufacturer, expected) => {
  expect(
    textOf(device({ manufacturer, lines: [line(1), line(2, { type: 'blf', sip_username: null, extension: '*7#' })] })),
  ).toContain(expected);
});

test('Yealink says its version in the first line, then accounts', () => {
  expect(
    textOf(device({ manufacturer: 'Yealink' }))
      .split('\n')
      .slice(1, 3),
  ).toEqual(['#!version:1.0.0.1', 'account.1.enable = 1']);
});

test('Polycom names the file of the phone in its master file', () => {
  const [master] = filesOf(
    configurationOf(device({ manufacturer: 'Polycom' }), secretsFor(device()), { proxy: null, year: 2026 }),
  );
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(
    xmlDocument(Object(master?.content) as Parameters<typeof xmlDocument>[0]),
  ) as { APPLICATION: object };
  expect(parsed.APPLICATION).toMatchObject({ '@_CONFIG_FILES': '001a2b3c4d5e-reg.cfg' });
});

test('a softphone reads JSON, whoever made it', () => {
  expect(textOf(device({ kind: 'softphone', manufacturer: 'Yealink' }))).toContain('001a2b3c4d5e.json');
});

test('a phone that has no place for what it shall know gets no file', () => {
  const lines = Array.from({ length: 7 }, (_, at) => line(at + 1));
  expect(() => textOf(device({ manufacturer: 'Grandstream', lines }))).toThrow(
    expect.objectContaining({ code: 'NOT_RENDERABLE' }),
  );
});

test('the file that completes a phone is the last of its files', () => {
  const configuration = configurationOf(device({ manufacturer: 'Polycom' }), secretsFor(device()), {
    proxy: null,
    year: 2026,
  });
  expect([undefined, '001a2b3c4d5e-reg.cfg', 'other'].map((name) => fileNamed(configuration, name)?.isLast)).toEqual([
    false,
    true,
    undefined,
  ]);
});
