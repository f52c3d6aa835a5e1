import { describe, expect, test } from 'vitest';
import { AppError } from '#errors.ts';
import { notRenderable } from './configuration.ts';
import { configurationOf, findFile, isNotRenderable, maskSecrets } from './device-configuration.ts';
import { configurationFor, device, line, secretsFor } from './device.fixture.ts';

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
    expect(configurationOf(of, none, { proxy: null, year: 2026 }).accounts).toEqual([]);
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
