import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keywordOf, suspectedIn } from './keyword.ts';

test.each([
  ['STOP', 'out'],
  ['stop', 'out'],
  ['  Stop! please', 'out'],
  ['"STOP"', 'out'],
  ['STOP texting me', 'out'],
  ['Please stop', 'out'],
  ['pls, STOP', 'out'],
  ['ＳＴＯＰ', 'out'],
  ['S.T.O.P', 'out'],
  ['S T O P', 'out'],
  ['ST\u{200b}OP', 'out'],
  ['STOP ALL', 'out'],
  ['Arrêt', 'out'],
  ['STOPP', 'out'],
  ['Unsubscribe me', 'out'],
  ['REVOKE', 'out'],
  ['Revoke consent', 'out'],
  ['Opt out', 'out'],
  ['opt-out', 'out'],
  ['OptOut', 'out'],
  ['cancel', 'out'],
  ['Cancel please', 'out'],
  ['please end', 'out'],
  ['Quit. Thank you!', 'out'],
  ['start', 'in'],
  ['UNSTOP', 'in'],
  ['OptIn', 'in'],
  ['opt in', 'in'],
  ['help', 'help'],
  ['Info?', 'help'],
  ['End of month report please', null],
  ['Cancel my 3 pm appointment', null],
  ['Quit smoking today', null],
  ['Opt for the blue one', null],
  ['STOP2END', null],
  ['nonstop', null],
  ['', null],
  ['!?', null],
  ['please', null],
  ['👍 stop', 'out'],
] as const)('%j asks for %s', (text, asked) => {
  expect(keywordOf(text)?.asked ?? null).toBe(asked);
});

test('words of the organization opt out as STOP does, in any script and form', () => {
  const own = ['Abmelden', 'отказ', '退订', 'start'];
  for (const text of ['ABMELDEN', 'abmelden!', 'Please abmelden', 'Отказ от рассылки', '退订'])
    expect(keywordOf(text, own)?.asked).toBe('out');
  expect(keywordOf('Abmelden')).toBeNull();
  expect(keywordOf('Ich will mich abmelden', own)).toBeNull();
  expect(suspectedIn('Ich will mich abmelden', own)).toBe('ABMELDEN');
  expect(keywordOf('STOP', own)?.asked).toBe('out');
  // The built-in words keep their meaning.
  expect(keywordOf('Start', own)?.asked).toBe('in');
});

test('the word is in capitals, without accents and punctuation', () => {
  expect(keywordOf(' -Arrêt, merci')).toEqual({ asked: 'out', word: 'ARRET' });
  expect(keywordOf('please opt-out')).toEqual({ asked: 'out', word: 'OPTOUT' });
});

/** Codes from a letter to the one in full width. */
const fullWidth = 0xff_00 - 0x20;

test('case, width, accents and marks around and between its letters do not matter', () => {
  const word = fc.constantFrom('STOP', 'STOPALL', 'UNSUBSCRIBE', 'OPTOUT', 'REVOKE', 'END', 'CANCEL', 'QUIT');
  const forms: readonly ((letter: string) => string)[] = [
    (letter) => letter,
    (letter) => letter.toLowerCase(),
    (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + fullWidth),
    (letter) => `${letter}\u{301}`,
  ];
  const form = fc.array(fc.constantFrom(...forms), { minLength: 11, maxLength: 11 });
  const marks = fc.constantFrom('', ' ', '.', '!', '"', '- ', '\n', '\u{200b}');
  const between = fc.constantFrom('', '.', '-', ' ', ' . ');
  fc.assert(
    fc.property(word, form, fc.tuple(marks, marks), between, (plain, shapes, [before, after], gap) => {
      const written = plain
        .split('')
        .map((letter, at) => shapes[at]?.(letter))
        .join(gap);
      expect(keywordOf(before + written + after)).toEqual({ asked: 'out', word: plain });
    }),
  );
});

test.each([
  ['End of month report please', 'END'],
  ['I want you to stop', 'STOP'],
  ['how do I opt out?', 'OPTOUT'],
  ['STOP', null],
  ['help me stop this', null],
  ['See you at five', null],
])('%j is suspected by %s', (text, word) => {
  expect(suspectedIn(text)).toBe(word);
});
