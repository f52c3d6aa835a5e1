import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { french } from './french.ts';
import { german } from './german.ts';
import { languageOf, ownLanguageOf, tagOf } from './language.ts';
import { spanish } from './spanish.ts';
import { t } from './texts.ts';

test('a count is said as the language says it', () => {
  const shown = [0, 1, 12].map((count) =>
    t('{count, plural, =0 {No alarms} one {# alarm} other {# alarms}}', { count }),
  );
  expect(shown).toEqual(['No alarms', '1 alarm', '12 alarms']);
});

test('the chosen language comes before those of the browser, and English is for all others', () => {
  expect(languageOf('en', ['de-AT'])).toBe('en');
  expect(languageOf(null, ['it-IT', 'de-AT', 'en'])).toBe('de');
  expect(languageOf(null, ['es-MX', 'fr'])).toBe('es');
  expect(languageOf('fr', ['es-MX'])).toBe('fr');
  expect(languageOf('xx', ['it'])).toBe('en');
});

test('the language of a person is one of the console that was chosen', () => {
  expect(['de-AT', 'fr', 'en-GB', 'en', 'it', ''].map(ownLanguageOf)).toEqual(['de', 'fr', 'en', null, null, null]);
});

test('English is saved with a region, and counts then', () => {
  expect([tagOf('de', []), tagOf('en', ['de', 'en-GB']), tagOf('en', ['de'])]).toEqual(['de', 'en-GB', 'en-US']);
  expect(ownLanguageOf(tagOf('en', []))).toBe('en');
});

type Part = ReturnType<IntlMessageFormat['getAst']>[number];

/** Of the parser's types, 0 is text that is shown as it is. */
const isLiteral = ({ type }: { readonly type: number }): boolean => type === 0;

/** What a format needs: its values with the form in which they are shown, and the branches of its plurals. */
const needsOf = (parts: readonly Part[]): readonly string[] =>
  parts
    .filter((part) => !isLiteral(part))
    .flatMap((part) => {
      const own = `${'value' in part ? part.value : '#'} ${part.type}`;
      if (!('options' in part)) return [own];
      const branches = Object.entries(part.options);
      return [
        own,
        ...branches.flatMap(([name, { value }]) => [name, ...needsOf(value).map((need) => `${name} ${need}`)]),
      ];
    })
    .toSorted();

const needs = (text: string, language: string): readonly string[] =>
  needsOf(new IntlMessageFormat(text, language).getAst());

describe.each(Object.entries({ de: german, es: spanish, fr: french }))('%s', (language, translation) => {
  test.each(Object.entries<string>(translation))('%s', (english, translated) => {
    expect(translated.trim()).not.toBe('');
    expect(translated).not.toContain('  ');
    expect(needs(translated, language)).toEqual(needs(english, 'en'));
  });
});
