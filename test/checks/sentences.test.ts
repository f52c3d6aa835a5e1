import { expect, test } from 'vitest';
import { blocksIn, sentencesIn, textsIn, wordsIn } from './prose.ts';
import { filesOf, sourceFiles } from './sources.ts';

/** What users read once: documents, descriptions, error messages and log lines (.github/CONTRIBUTING.md, "Words"). */

const maxWords = 30;

/** Forms that a reader must read twice. */
const twice = [
  /\b(?:says?|said) so\b/i,
  /\b(?:of|from|by|to|in|with|for) wh(?:om|ose)\b/i,
  /\bof which\b/i,
  /\bis told\b/i,
];

/** Words that are spoken one by one, codes of countries, and a script. */
const lists = new Set(['shared/prompts/word-texts.ts', 'shared/schema/recording-notice.ts', 'bin/say-prompts.ts']);
const isTest = (file: string): boolean => /([.]test|[.-]fixture)[.]tsx?$|^test\//.test(file);

// The changes of a release are its history.
const documents = filesOf('README.md', '.github/**/*.md', '{bin,functions,infra,shared,test}/**/*.md').flatMap(
  blocksIn,
);
const texts = sourceFiles.filter((file) => !isTest(file) && !lists.has(file)).flatMap(textsIn);

const findings = (isFound: (sentence: string) => boolean): string[] =>
  [...documents, ...texts].flatMap(({ file, line, text }) =>
    sentencesIn(text)
      .filter(isFound)
      .map((sentence) => `${file}:${line} ${wordsIn(sentence)}: ${sentence.slice(0, 90)}`),
  );

test('no sentence has more than 30 words', () => {
  expect(texts.length).toBeGreaterThan(10_000);
  expect(findings((sentence) => wordsIn(sentence) > maxWords)).toEqual([]);
});

test('no sentence has a form that must be read twice', () => {
  expect(findings((sentence) => twice.some((form) => form.test(sentence)))).toEqual([]);
});

test('a sentence ends before a capital, code or a digit, and code counts as one word', () => {
  const text = 'It is `a b c`. See [the list](x.md) of numbers, e.g. One. `next` is 3.5 long';
  expect(sentencesIn(text).map(wordsIn)).toEqual([3, 7, 4]);
});
