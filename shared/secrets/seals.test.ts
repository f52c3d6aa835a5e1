import { expect, test } from 'vitest';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { sealsFrom } from './seals.ts';

const place = { organization: 1001, id: 'trunk_1', field: 'password' };

test('a sealed value opens only for what it belongs to', async () => {
  const { seal, open } = sealsFrom(rotatedSecret());
  const sealed = await seal('pass wörd', place);
  expect(await open(sealed, place)).toBe('pass wörd');
  for (const other of [
    { ...place, organization: 1002 },
    { ...place, id: 'trunk_2' },
    { ...place, field: 'secret' },
  ])
    await expect(open(sealed, other)).rejects.toThrow();
});

test('a sealed value reveals only the length of the text, and differs each time', async () => {
  const { seal } = sealsFrom(rotatedSecret());
  const [one, other] = [await seal('password', place), await seal('password', place)];
  expect(one).not.toBe(other);
  expect(Buffer.from(one, 'utf8').includes('password')).toBe(false);
});

test('a value that was changed does not open', async () => {
  const { seal, open } = sealsFrom(rotatedSecret());
  const [generation, vector, hidden, tag = ''] = (await seal('password', place)).split('.');
  await expect(
    open([generation, vector, hidden, tag.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))].join('.'), place),
  ).rejects.toThrow();
  await expect(open([generation, vector, hidden, tag.slice(0, 5)].join('.'), place)).rejects.toThrow();
  await expect(open('nonsense', place)).rejects.toThrow();
});

test("concurrent first seals make one key, and all open each other's values", async () => {
  const secrets = rotatedSecret();
  const functions = Array.from({ length: 5 }, () => sealsFrom(secrets));
  const sealed = await Promise.all(functions.map(({ seal }, at) => seal(`password-${at}`, place)));
  expect(secrets.versions.size).toBe(2);
  for (const { open } of functions)
    expect(await Promise.all(sealed.map((each) => open(each, place)))).toEqual(
      functions.map((_item, at) => `password-${at}`),
    );
});

test('old values open after a rotation, and the current key is read once an hour', async () => {
  const secrets = rotatedSecret();
  let now = 0;
  const { seal } = sealsFrom(secrets, () => now);
  const old = await seal('old', place);
  await secrets.putOnce(
    'sealing-keys',
    'sealing-key-generation-000000000002',
    JSON.stringify({ generation: 2, key: Buffer.alloc(32, 7).toString('base64url') }),
  );
  expect((await seal('still', place)).startsWith('1.')).toBe(true);
  now = 3_600_001;
  const renewed = await seal('new', place);
  expect(renewed.startsWith('2.')).toBe(true);
  const another = sealsFrom(secrets);
  expect([await another.open(old, place), await another.open(renewed, place)]).toEqual(['old', 'new']);
});

test('without access to the secrets nothing is sealed and no key is made', async () => {
  const secrets = rotatedSecret();
  const broken = { ...secrets, read: () => Promise.reject(new Error('throttled')) };
  await expect(sealsFrom(broken).seal('password', place)).rejects.toThrow('throttled');
  expect(secrets.versions.size).toBe(1);
});

test('the code of a text is the same for what it belongs to, and another for anything else', async () => {
  const secrets = rotatedSecret();
  const { mac, isMacOf } = sealsFrom(secrets);
  const code = await mac('k7m2pq4xyz', place);
  expect(code).toMatch(/^1\.[\w-]{43}$/);
  expect(await sealsFrom(secrets).isMacOf(code, 'k7m2pq4xyz', place)).toBe(true);
  expect(await isMacOf(code, 'k7m2pq4xya', place)).toBe(false);
  expect(await isMacOf(code, 'k7m2pq4xyz', { ...place, id: 'trunk_2' })).toBe(false);
  expect(await isMacOf(code.slice(0, -3), 'k7m2pq4xyz', place)).toBe(false);
});
