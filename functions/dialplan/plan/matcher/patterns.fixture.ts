import fc from 'fast-check';
import { RE2JS, RE2JSException } from 're2js';

/** Patterns with all operators of https://github.com/google/re2/wiki/Syntax, and strings that they can match. */

/** Few characters, so that patterns often match; some with case, some beyond ASCII. */
const literals = [
  '0',
  '1',
  '1',
  '2',
  '9',
  '\\*',
  '#',
  '\\+',
  '-',
  '\\.',
  '_',
  '@',
  'a',
  'A',
  'k',
  'K',
  's',
  'S',
  'z',
  'é',
  '\\x{212A}',
  'ſ',
  '😀',
  ' ',
];
const escapes = ['\\x31', '\\x{32}', '\\061', '\\n', '\\t', '\\Q1+\\E', '\\Q\\E', '\\@'];
const classes = [
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '\\pL',
  '\\PL',
  '\\p{Lu}',
  '\\p{^Lu}',
  '\\P{Nd}',
  '\\pN',
  '\\p{Greek}',
  '\\p{Any}',
];
const assertions = ['^', '$', '\\A', '\\z', '\\b', '\\B'];

const classMembers = [
  '0',
  '1',
  '0-2',
  '2-9',
  'a-k',
  'K-S',
  'j-l',
  '!-~',
  '\\d',
  '\\W',
  '\\pL',
  '\\P{Lu}',
  '[:alpha:]',
  '[:^digit:]',
  '[:upper:]',
  '[:word:]',
  '\\x{100}-\\x{300}',
  '\\x{212A}',
  '*',
  '.',
  '\\-',
  '\\]',
  'é',
];
const bracketed = fc
  .record({
    negated: fc.boolean(),
    bracket: fc.boolean(),
    members: fc.array(fc.constantFrom(...classMembers), { minLength: 1, maxLength: 3 }),
    dash: fc.boolean(),
  })
  .map(
    ({ negated, bracket, members, dash }) =>
      `[${negated ? '^' : ''}${bracket ? ']' : ''}${members.join('')}${dash ? '-' : ''}]`,
  );

const repetitions = [
  '*',
  '+',
  '?',
  '{0}',
  '{1}',
  '{2}',
  '{3}',
  '{0,1}',
  '{1,2}',
  '{2,3}',
  '{0,}',
  '{1,}',
  '{2,}',
  '{0,70}',
  '{70}',
  '{,2}',
  '{',
  '{01}',
];
const repetition = fc
  .tuple(fc.constantFrom(...repetitions), fc.constantFrom('', '', '?'))
  .map((parts) => parts.join(''));
const groups = ['(', '(', '(?:', '(?i:', '(?s:', '(?U:', '(?m-s:', '(?i-U:', '(?P<n>', '(?-i:'];

const { pattern } = fc.letrec<{ pattern: string; sequence: string; part: string; atom: string; group: string }>(
  (tie) => ({
    pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((choices) => choices.join('|')),
    sequence: fc.array(tie('part'), { maxLength: 5 }).map((parts) => parts.join('')),
    part: fc.oneof(
      { weight: 5, arbitrary: tie('atom') },
      { weight: 3, arbitrary: fc.tuple(tie('atom'), repetition).map((parts) => parts.join('')) },
      { weight: 1, arbitrary: fc.constantFrom('(?i)', '(?U)', '(?-i)', '(?im)') },
    ),
    atom: fc.oneof(
      { depthSize: 'small' },
      { weight: 6, arbitrary: fc.constantFrom(...literals) },
      { weight: 1, arbitrary: fc.constantFrom(...escapes) },
      { weight: 3, arbitrary: fc.constantFrom(...classes) },
      { weight: 2, arbitrary: bracketed },
      { weight: 2, arbitrary: fc.constantFrom(...assertions) },
      { weight: 3, arbitrary: tie('group') },
    ),
    group: fc.tuple(fc.constantFrom(...groups), tie('pattern')).map(([open, within]) => `${open}${within})`),
  }),
);

function isAccepted(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch (error) {
    if (error instanceof RE2JSException) return false;
    throw error;
  }
}

/** Patterns of all operators, and patterns as in dial plans. */
export const anyPattern: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom('', '', '^'), pattern).map((parts) => parts.join('')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '^',
        '$',
        '^$',
        '',
        '^1',
        '^12',
        '1',
        '^1\\d{2}$',
        '^1\\d{3,5}$',
        '^(?:\\+|00)?1',
        '^[2-9]\\d{2}[1-5]',
        '2$',
        '^1(0|2)(\\d*)$',
        '^9([0-9]+)#?$',
      ),
    },
  )
  .filter(isAccepted);

const dialable = fc.constantFrom(
  '0',
  '1',
  '1',
  '1',
  '2',
  '2',
  '9',
  '*',
  '#',
  '+',
  '-',
  '.',
  '_',
  '@',
  'a',
  'A',
  'k',
  'K',
  's',
  'S',
  'z',
  'Z',
);
export const dialed: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.array(dialable, { maxLength: 6 }).map((characters) => characters.join('')) },
  { weight: 1, arbitrary: fc.array(dialable, { maxLength: 64, size: 'max' }).map((characters) => characters.join('')) },
);
