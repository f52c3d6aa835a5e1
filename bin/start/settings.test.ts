import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '#infra/local/aws/endpoint-fixture.ts';
import { LocalCloudError } from '#infra/local/templates/resource.ts';
import { assertAdminPassword, settingsFrom } from './settings.ts';

function makeFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test.each([
  ['HOST', 'phones.example', 'must be an IPv4 address of this machine, or 0.0.0.0 for all of them.'],
  ['PORT', 'http', 'must be a number from 0 (any free port) to 65535.'],
  ['SIDECARS', '9', 'must be a number from 1 to 8.'],
  ['DRAIN_SECONDS', '1h', 'must be a number from 0 to 999.'],
  ['SIP_T1', '5', 'must be a number of milliseconds from 10 to 99999.'],
  ['SIP_MAX_INTERVAL', '1.5', 'must be a number of milliseconds from 10 to 99999.'],
  ['FAULTS', 'many', 'must be a seed such as 7, or JSON such as {"seed":7,"throttle":0.02}.'],
])('an invalid setting (%s) is rejected in one sentence', (name, value, sentence) => {
  const read = () => settingsFrom({ [name]: value });
  expect(read).toThrow(new LocalCloudError(`${name} is ${value}, but ${sentence}`));
});

test('origins are a list, and nothing but origins', () => {
  const originsIn = (list: string) => settingsFrom({ CORS_ORIGINS: list }).origins;
  expect(originsIn('https://app.example.com, http://localhost:5173')).toEqual([
    'https://app.example.com',
    'http://localhost:5173',
  ]);
  expect([settingsFrom({}).origins, originsIn('*')]).toEqual([[], ['*']]);
  for (const wrong of ['https://app.example.com/', 'app.example.com', 'https://*.example.com'])
    expect(() => originsIn(wrong)).toThrow(
      new LocalCloudError(`CORS_ORIGINS has ${wrong}, but must have origins such as https://app.example.com, or *.`),
    );
});

test('a password that no user could choose is rejected in one sentence', async () => {
  const folder = makeFolder();
  const start = (password: string) => assertAdminPassword({ DATA_DIR: folder, ADMIN_PASSWORD: password });
  await expect(start('admin123')).rejects.toThrow(
    new LocalCloudError('ADMIN_PASSWORD must have at least 12 characters. Without it, a password is generated.'),
  );
  await expect(start('password1234')).rejects.toThrow(
    new LocalCloudError('ADMIN_PASSWORD is a common password, or nearly one. Without it, a password is generated.'),
  );
  await start('Quiet-Otter-Lantern-4');
});

test('the password of a data directory from before goes on', async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, 'secrets.json'), '{}');
  await assertAdminPassword({ DATA_DIR: folder, ADMIN_PASSWORD: 'password1234' });
});

test('base times of SIP are those of the RFC unless tests set others', () => {
  const timesOf = (environment: Record<string, string>) => {
    const { SIP_T1: t1, SIP_MAX_INTERVAL: interval } = settingsFrom(environment).environment;
    return [t1, interval];
  };
  expect(timesOf({})).toEqual([undefined, undefined]);
  expect(timesOf({ SIP_T1: '50', SIP_MAX_INTERVAL: '500' })).toEqual(['50', '500']);
});
