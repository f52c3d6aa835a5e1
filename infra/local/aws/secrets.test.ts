import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scryptPasswords } from '#credentials/password-hash.ts';
import { resources, temporaryFolder } from './endpoint-fixture.ts';
import { openSecretStore } from './secrets.ts';

const passwords = scryptPasswords({ ln: 12, r: 8, p: 1 });
const login = resources.filter(({ name }) => name === 'toy-admin');

function makeFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function open(dataDir: string, adminPassword?: string) {
  const announced: string[] = [];
  const announce = (line: string): void => void announced.push(line);
  const options = { resources: login, dataDir, passwords, announce, ...(adminPassword && { adminPassword }) };
  const store = await openSecretStore(options);
  const { adminPassword: applied, firstPassword: first } = store;
  return { announced, adminPassword: applied, first, stored: readFileSync(join(dataDir, 'secrets.json'), 'utf8') };
}

test('ADMIN_PASSWORD is applied to a new data directory, and not stored', async () => {
  const { announced, adminPassword, stored } = await open(makeFolder(), 'Chosen-Once-1');
  expect([announced, adminPassword]).toEqual([[], 'Chosen-Once-1']);
  expect(stored).not.toContain('Chosen-Once-1');
});

test('the same ADMIN_PASSWORD is applied again', async () => {
  const dataDir = makeFolder();
  await open(dataDir, 'Chosen-Once-1');
  expect(await open(dataDir, 'Chosen-Once-1')).toMatchObject({ announced: [], adminPassword: 'Chosen-Once-1' });
});

test('another ADMIN_PASSWORD is not applied, which is said', async () => {
  const dataDir = makeFolder();
  await open(dataDir, 'Chosen-Once-1');
  const { announced, adminPassword } = await open(dataDir, 'Chosen-Later-2');
  expect(adminPassword).toBeUndefined();
  expect(announced).toEqual([expect.stringContaining('ADMIN_PASSWORD is not the one')]);
  expect(announced[0]).not.toMatch(/Chosen/);
});

test('without ADMIN_PASSWORD an old data directory needs no word', async () => {
  const dataDir = makeFolder();
  await open(dataDir, 'Chosen-Once-1');
  expect(await open(dataDir)).toMatchObject({ announced: [], adminPassword: undefined });
});

test('the first password is known to the start that made it only', async () => {
  const [chosen, generated] = [makeFolder(), makeFolder()];
  expect([(await open(chosen, 'Chosen-Once-1')).first, (await open(chosen, 'Chosen-Once-1')).first]).toEqual([
    ...['Chosen-Once-1', undefined],
  ]);
  const { announced, first } = await open(generated);
  expect(announced).toEqual([expect.stringContaining(`: ${first}`)]);
});

test('a password that an earlier version stored is replaced by its hash', async () => {
  const dataDir = makeFolder();
  const version = {
    id: 'v1',
    stages: ['AWSCURRENT'],
    created: 1,
    value: '{"username":"admin","password":"In-Clear-3"}',
  };
  const [{ name, arn } = { name: '', arn: '' }] = login;
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify({ [name]: { name, arn, versions: [version] } }));
  const { announced, adminPassword, stored } = await open(dataDir, 'In-Clear-3');
  expect([announced, adminPassword]).toEqual([[], 'In-Clear-3']);
  expect(stored).not.toContain('In-Clear-3');
  expect(stored).toContain('"id": "v1"');
});
