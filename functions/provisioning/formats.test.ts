import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { xmlDocument } from '../../shared/http/xml.ts';
import type { Device, DeviceLine } from '../../shared/schema/device.ts';
import { isWellFormed } from '../../test/well-formed.ts';
import { configurationOf, fileNamed, masked, type Secrets } from './device-configuration.ts';
import { filesOf } from './formats.ts';

const line = (line_number: number, more: Partial<DeviceLine> = {}): DeviceLine =>
  ({ line_number, extension: `10${line_number}`, label: `Line ${line_number}`, type: 'primary', sip_username: `${line_number}`.repeat(22), ...more });

const device = (more: Partial<Device> = {}): Device => ({
  id: 'dev_1', kind: 'phone', mac_address: '00:1A:2B:3C:4D:5E', name: 'Desk', user_id: null, model: null, manufacturer: null, template_id: 'tmpl_standard',
  lines: [line(1), line(2, { type: 'shared' }), line(3, { type: 'blf', sip_username: null, label: null })],
  settings: { timezone: 'America/New_York', language: 'en-US', ringtone: 'default' },
  provisioning_status: 'pending', config_version: 1, created_at: '', updated_at: '', version: 1, ...more,
});

const secretsFor = ({ lines }: Device): Secrets => ({
  accounts: new Map(lines.flatMap(({ sip_username: name }) => (name === null ? [] : [[name, { password: `secret-of-${name}`, domain: 'sip.example.com' }] as const]))),
  adminPassword: 'a<&"b', url: 'https://api.example.com/provision/dev_1/abc/',
});

const textOf = (of: Device): string => filesOf(configurationOf(of, secretsFor(of), { proxy: 'sip.example.com:5080', year: 2026 }))
  .map(({ name, content }) => `${name}\n${typeof content === 'string' ? content : xmlDocument(content)}`).join('\n');

const makers = ['Yealink', 'Polycom', 'Cisco SPA', 'Grandstream', 'Snom', 'Acme'] as const;
const names = {
  Yealink: ['001a2b3c4d5e.cfg'], Polycom: ['001a2b3c4d5e.cfg', '001a2b3c4d5e-reg.cfg'], 'Cisco SPA': ['spa001a2b3c4d5e.xml'],
  Grandstream: ['cfg001a2b3c4d5e.xml'], Snom: ['snom-001a2b3c4d5e.xml'], Acme: ['001a2b3c4d5e.json'],
} as const;

describe.each(makers)('a file of %s', (manufacturer) => {
  const of = device({ manufacturer });

  test('has the names that its phones ask for', () => {
    expect(filesOf(configurationOf(of, secretsFor(of), { proxy: null, year: 2026 })).map(({ name }) => name)).toEqual(names[manufacturer]);
  });

  test('says user names, passwords, domain, proxy, what is watched and where it lies', () => {
    const text = textOf(of);
    const told = ['1'.repeat(22), `secret-of-${'1'.repeat(22)}`, '2'.repeat(22), 'sip.example.com', '5080', '103', 'Line 2', 'api.example.com/provision/dev_1/abc'];
    const silent = manufacturer === 'Grandstream' ? told.filter((each) => each !== '5080' || text.includes('sip.example.com:5080')) : told;
    expect(silent.filter((each) => !text.includes(each))).toEqual([]);
  });

  test('shows no password to those who may not know it', () => {
    const shown = JSON.stringify(filesOf(configurationOf(of, masked(secretsFor(of)), { proxy: null, year: 2026 })));
    expect(shown).toContain('********');
    expect(['secret-of-', 'a<&', '/abc/'].filter((each) => shown.includes(each))).toEqual([]);
  });

  const Text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\p{Cc}"]/gu, '').trim());

  test('carries any label', () => {
    fc.assert(fc.property(Text, (label) => {
      const labelled = device({ manufacturer, lines: [line(1, { label })] });
      for (const { content, contentType } of filesOf(configurationOf(labelled, secretsFor(labelled), { proxy: null, year: 2026 }))) {
        const text = typeof content === 'string' ? content : xmlDocument(content);
        if (contentType === 'application/xml') expect(isWellFormed(text)).toBe(true);
        if (contentType === 'application/json') expect(JSON.parse(text)).toMatchObject({ accounts: [{ display_name: label }] });
        if (contentType === 'text/plain') expect(text.split('\n').filter((row) => row !== '' && !row.startsWith('#!') && !/^[a-z0-9_.]+ = /.test(row))).toEqual([]);
      }
    }), { numRuns: 50 });
  });
});

test('Yealink says its version in the first line, then accounts', () => {
  expect(textOf(device({ manufacturer: 'Yealink' })).split('\n').slice(1, 3)).toEqual(['#!version:1.0.0.1', 'account.1.enable = 1']);
});

test('Polycom names the file of the phone in its master file', () => {
  const [master] = filesOf(configurationOf(device({ manufacturer: 'Polycom' }), secretsFor(device()), { proxy: null, year: 2026 }));
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(xmlDocument(Object(master?.content) as Parameters<typeof xmlDocument>[0])) as { APPLICATION: object };
  expect(parsed.APPLICATION).toMatchObject({ '@_CONFIG_FILES': '001a2b3c4d5e-reg.cfg' });
});

test('a softphone reads JSON, whoever made it', () => {
  expect(textOf(device({ kind: 'softphone', manufacturer: 'Yealink' }))).toContain('001a2b3c4d5e.json');
});

test('a phone that has no place for what it shall know gets no file', () => {
  const lines = Array.from({ length: 7 }, (_, at) => line(at + 1));
  expect(() => textOf(device({ manufacturer: 'Grandstream', lines }))).toThrow(expect.objectContaining({ code: 'NOT_RENDERABLE' }));
});

test('the file that completes a phone is the last of its files', () => {
  const configuration = configurationOf(device({ manufacturer: 'Polycom' }), secretsFor(device()), { proxy: null, year: 2026 });
  expect([undefined, '001a2b3c4d5e-reg.cfg', 'other'].map((name) => fileNamed(configuration, name)?.isLast)).toEqual([false, true, undefined]);
});
