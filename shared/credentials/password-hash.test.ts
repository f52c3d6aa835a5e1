import { describe, expect, test } from 'vitest';
import { randomPassword, randomSecret } from './random.ts';
import { costIn, scryptPasswords } from './password-hash.ts';

const quick = { ln: 4, r: 8, p: 1 };
const request = {};

describe('a hash', () => {
  test('is a PHC string with the default cost, and is verified', async () => {
    const passwords = scryptPasswords(costIn({}));
    const stored = await passwords.hash('Correct-Horse-Battery-9');
    expect(stored).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await passwords.verify(request, 'Correct-Horse-Battery-9', stored)).toBe(true);
    expect(await passwords.verify(request, 'Correct-Horse-Battery-8', stored)).toBe(false);
  });

  test('has a lower cost only if the environment sets one', async () => {
    expect(await scryptPasswords(costIn({ PASSWORD_COST: '4' })).hash('same')).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
  });

  test('has its own salt', async () => {
    const passwords = scryptPasswords(quick);
    expect(await passwords.hash('same')).not.toBe(await passwords.hash('same'));
  });

  test('is equal for composed and decomposed characters', async () => {
    const passwords = scryptPasswords(quick);
    expect(await passwords.verify(request, 'caf\u00e9', await passwords.hash('cafe\u0301'))).toBe(true);
  });

  test('of another cost is verified, and reported as outdated', async () => {
    const stored = await scryptPasswords({ ln: 5, r: 8, p: 1 }).hash('old');
    const passwords = scryptPasswords(quick);
    expect([
      await passwords.verify(request, 'old', stored),
      passwords.isOutdated(stored),
      passwords.isOutdated(await passwords.hash('old')),
      passwords.isOutdated(undefined),
    ]).toEqual([true, true, false, false]);
  });

  test('of RFC 7914 is verified', async () => {
    // §12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1), its first 32 bytes.
    const key = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex')
      .toString('base64')
      .replace(/=+$/, '');
    const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '');
    expect(await scryptPasswords(quick).verify(request, 'pleaseletmein', `$scrypt$ln=14,r=8,p=1$${salt}$${key}`)).toBe(
      true,
    );
  });
});

test('no password matches a missing hash', async () => {
  const passwords = scryptPasswords(quick);
  expect([await passwords.verify(request, '', undefined), await passwords.verify(request, 'x', undefined)]).toEqual([
    false,
    false,
  ]);
});

test('a result is computed once per request', async () => {
  const passwords = scryptPasswords({ ln: 15, r: 8, p: 1 });
  const stored = await passwords.hash('once');
  // CPU time, because other processes do not add to it.
  const cpuOf = async (times: number): Promise<number> => {
    const before = process.cpuUsage();
    for (let time = 0; time < times; time += 1) await passwords.verify(request, 'once', stored);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const first = await cpuOf(1);
  expect(await cpuOf(20)).toBeLessThan(first * 5);
});

test('beyond 4 running and 32 waiting tasks, callers are rejected', async () => {
  const passwords = scryptPasswords({ ln: 10, r: 8, p: 1 });
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.hash('crowd')));
  const rejected = results.filter((result) => result.status === 'rejected');
  expect(rejected).toHaveLength(4);
  expect(rejected[0]?.reason).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 2 });
  expect(await passwords.hash('later')).toMatch(/^\$scrypt/);
});

test('random passwords have 24 plain characters, secrets 256 bits, and none repeats', () => {
  const all = Array.from({ length: 500 }, () => [randomPassword(), randomSecret()]);
  expect(
    all.every(([password, secret]) => /^[A-HJ-NP-Za-km-z2-9]{24}$/.test(password!) && /^[\w-]{43}$/.test(secret!)),
  ).toBe(true);
  expect(new Set(all.flat()).size).toBe(1_000);
});
