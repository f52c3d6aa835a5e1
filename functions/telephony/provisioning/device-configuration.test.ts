import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '#errors.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { isWellFormed } from '#test/support/well-formed.ts';
import { notRenderable } from './configuration.ts';
import {
  configurationOf,
  filesOf,
  findFile,
  isFileName,
  isNotRenderable,
  maskSecrets,
} from './device-configuration.ts';
import { configurationFor, device, line, secretsFor, textOf } from './device.fixture.ts';

describe('the configuration of a device', () => {
  test('numbers accounts and keys without gaps, and keeps their line numbers', () => {
    const lines = [line(2), line(5, { type: 'shared' }), line(7, { type: 'blf', sip_username: null })];
    const { accounts, keys } = configurationFor(device({ lines }));
    expect(accounts.map(({ at, line: number }) => [at, number])).toEqual([
      [1, 2],
      [2, 5],
    ]);
    expect(keys.map(({ at, line: number }) => [at, number])).toEqual([[1, 7]]);
  });

  test('shows the label of a line, else the name of the device, else the extension', () => {
    const nameOf = (label: string | null, name: string | null) =>
      configurationFor(device({ name, lines: [line(1, { label })] })).accounts[0]?.displayName;
    expect([nameOf('Label', 'Desk'), nameOf(null, 'Desk'), nameOf(null, null)]).toEqual(['Label', 'Desk', '101']);
  });

  test('leaves out lines without credentials', () => {
    const of = device();
    const none = { ...secretsFor(of), accounts: new Map<string, never>() };
    expect(configurationOf(of, none, { proxy: null, now: noon }).accounts).toEqual([]);
  });
});

test('masked secrets keep user names and domains only', () => {
  const masked = maskSecrets(secretsFor(device()));
  expect([...masked.accounts.values()]).toEqual(
    Array.from({ length: 2 }, () => ({ password: '********', domain: 'sip.example.com' })),
  );
  expect([masked.adminPassword, masked.url]).toEqual(['********', '********/']);
  expect(maskSecrets({ ...secretsFor(device()), adminPassword: null }).adminPassword).toBeNull();
});

test('the last file of a device completes its configuration', () => {
  const configuration = configurationFor(device({ manufacturer: 'Polycom' }));
  expect([undefined, '001a2b3c4d5e-reg.cfg', 'other'].map((name) => findFile(configuration, name)?.isLast)).toEqual([
    false,
    true,
    undefined,
  ]);
});

test('only an error of the format is one', () => {
  expect([notRenderable('lines', ''), new AppError('NOT_FOUND', ''), new Error('x'), 'x'].map(isNotRenderable)).toEqual(
    [true, false, false, false],
  );
});

const manufacturers = ['Yealink', 'Polycom', 'Cisco SPA', 'Grandstream', 'Snom', 'Acme'] as const;
const names = {
  Yealink: ['001a2b3c4d5e.cfg'],
  Polycom: ['001a2b3c4d5e.cfg', '001a2b3c4d5e-reg.cfg'],
  'Cisco SPA': ['spa001a2b3c4d5e.xml'],
  Grandstream: ['cfg001a2b3c4d5e.xml'],
  Snom: ['snom-001a2b3c4d5e.xml'],
  Acme: ['001a2b3c4d5e.json'],
} as const;

describe.each(manufacturers)('a file of %s', (manufacturer) => {
  const of = device({ manufacturer });

  test('has the name that its phones request', () => {
    expect(filesOf(configurationFor(of)).map(({ name }) => name)).toEqual(names[manufacturer]);
    expect(names[manufacturer].filter((name) => !isFileName(name))).toEqual([]);
  });

  test('contains user names, passwords, domain, proxy, watched extensions and its URL', () => {
    const text = textOf(of);
    const expected = [
      '1'.repeat(22),
      `secret-of-${'1'.repeat(22)}`,
      '2'.repeat(22),
      'sip.example.com',
      '5080',
      '103',
      'Line 2',
      'api.example.com/provision/dev_1/abc',
    ];
    const values =
      manufacturer === 'Grandstream'
        ? expected.filter((each) => each !== '5080' || text.includes('sip.example.com:5080'))
        : expected;
    expect(values.filter((each) => !text.includes(each))).toEqual([]);
  });

  test('contains no password and no URL secret if masked', () => {
    const shown = JSON.stringify(filesOf(configurationOf(of, maskSecrets(secretsFor(of)), { proxy: null, now: noon })));
    expect(shown).toContain('********');
    expect(['secret-of-', 'a<&', '/abc/'].filter((each) => shown.includes(each))).toEqual([]);
  });

  const Text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\p{Cc}"]/gu, '').trim());

  test('can contain any label', () => {
    fc.assert(
      fc.property(Text, (label) => {
        const labelled = device({ manufacturer, lines: [line(1, { label })] });
        for (const { content, contentType } of filesOf(configurationFor(labelled))) {
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

test('a softphone gets JSON, whatever its manufacturer', () => {
  expect(textOf(device({ kind: 'softphone', manufacturer: 'Yealink' }))).toContain('001a2b3c4d5e.json');
});
