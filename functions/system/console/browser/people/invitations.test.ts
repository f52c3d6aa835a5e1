import { expect, test } from 'vitest';
import { linesOf, usernameOf } from './invitations.ts';

test('a pasted list has a person in each line, or several as mail programs copy them', () => {
  const pasted =
    'Ann Lee <Ann@example.com>, bob@example.com; "Carol van Dyk" <carol@example.com>\n\ndave@example.com\n';
  expect(linesOf(pasted).map(({ invited }) => invited)).toEqual([
    { email: 'ann@example.com', first_name: 'Ann', last_name: 'Lee' },
    { email: 'bob@example.com' },
    { email: 'carol@example.com', first_name: 'Carol van', last_name: 'Dyk' },
    { email: 'dave@example.com' },
  ]);
});

test('a row of a table has its name before or after the address', () => {
  expect(linesOf('Lee, Ann, ann@example.com')).toHaveLength(1);
  expect(linesOf('ann@example.com\tAnn').map(({ invited }) => invited)).toEqual([
    { email: 'ann@example.com', first_name: 'Ann' },
  ]);
});

test('an address is listed once, and a line without one is said', () => {
  expect(linesOf('ann@example.com\nANN@example.com\nreception')).toEqual([
    { text: 'ANN@example.com', invited: { email: 'ann@example.com' } },
    { text: 'reception', invited: null },
  ]);
});

test('the user name is the address, with all that it has', () => {
  expect(usernameOf(" O'Neill@Bücher.example ")).toBe("o'neill@bücher.example");
});

test('addresses of any domain are found', () => {
  expect(linesOf("Ann <ann@пример.рф>\no'brien@example.org").map(({ invited }) => invited?.email)).toEqual([
    'ann@пример.рф',
    "o'brien@example.org",
  ]);
});
