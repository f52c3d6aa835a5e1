import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newPasswordFault } from './new-password.ts';

const names = ['ada.lovelace', 'a.lovelace@analytical.example', 'Example Telecom'];
const faultOf = (password: string): Promise<string | null> => newPasswordFault(password, names);

describe('a password is rejected with its reason', () => {
  test.each([
    ['password1234', 'is a common password, or nearly one'],
    ['P@ssw0rd1234', 'is a common password, or nearly one'],
    ['iloveyou2025', 'is a common password, or nearly one'],
    ['123456789012', 'is a common password, or nearly one'],
    ['qwertyuiop12', 'is a common password, or nearly one'],
    ['Passw0rd!2024', 'is a common password, or nearly one'],
    ['ｐａｓｓｗｏｒｄ１２３４', 'is a common password, or nearly one'],
    ['Summer2024!!', 'is too easy to guess'],
    ['dragon dragon', 'is too easy to guess'],
    ['aaaaaaaaaaaa', 'repeats the same characters'],
    ['a'.repeat(256), 'repeats the same characters'],
    ['abcabcabcabc', 'repeats the same characters'],
    ['\u{1F511}'.repeat(12), 'repeats the same characters'],
    ['abcdefghijkl', 'is a sequence of characters'],
    ['AdaLovelace1', 'consists of the names of the user or the organization'],
    ['lovelace.ada', 'consists of the names of the user or the organization'],
    ['exampletelecom', 'consists of the names of the user or the organization'],
    ['AdaLovelace2026', 'consists of the names of the user or the organization'],
    ['analytical12', 'consists of the names of the user or the organization'],
    ['            ', 'must not consist of blanks and invisible characters'],
    ['\u200b'.repeat(12), 'must not consist of blanks and invisible characters'],
    [
      '\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u2003 \u00a0\u180e',
      'must not consist of blanks and invisible characters',
    ],
    [`short${'\u200b\u200d'.repeat(6)}`, 'must have at least 12 characters'],
    ['a           b', 'must have at least 12 characters'],
    ['Example Telecom', 'must not be the username, the e-mail address or the name of the organization'],
  ])('%j %s', async (password, reason) => expect(await faultOf(password)).toBe(reason));
});

test.each([
  ...['Quiet-Otter-Lantern-4', 'correct horse battery staple', 'x7Kq9vBn2Lp4', 'ihr habt recht gehabt'],
  ...['Ada likes 17 blue teapots', '図書館で猫が静かに眠っている', `${'a'.repeat(100)} Quiet-Otter-Lantern-4`],
])('%s is a good password', async (password) => expect(await faultOf(password)).toBeNull());

test('random passwords are good', async () => {
  const characters = fc.constantFrom(...Array.from('abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.'));
  await fc.assert(
    fc.asyncProperty(fc.array(characters, { minLength: 24, maxLength: 24 }), async (letters) => {
      fc.pre(new Set(letters).size > 15);
      expect(await faultOf(letters.join(''))).toBeNull();
    }),
    { numRuns: 30 },
  );
});

test('any text has a reason or none: no password takes the check down', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 12, maxLength: 260 }), async (password) => {
      const fault = await faultOf(password);
      expect(fault === null || fault.length > 10).toBe(true);
    }),
    { numRuns: 20 },
  );
});
