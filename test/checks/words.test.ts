import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesOf, passagesIn, sourceFiles, textOf, type Passage } from './sources.ts';

/** Words and references of comments, texts and documents (.github/CONTRIBUTING.md, "Words"). */

/** Private words, and words for which the field has better ones. */
const rejected: readonly RegExp[] = [
  /\b(anew|whoever|nobody|meanwhile|alongside)\b/i,
  /\b(is|are|was|were|be|been) told\b/i,
  /\btells? of\b/i,
  /\b(goes|go|going) by\b(?! (car|foot))/i,
  /\bleads? to\b/i,
  /\b(lies|lie|lay) (in|on|among|behind|beside|there|where|apart)\b/i,
  /\bstands? (in|on|beside|behind|there|where|alone)\b(?!-)/i,
  /\b(patience|shelf|fate|plan folder)\b/i,
  /\bfaces?\b/i,
  /\bthings?\b/i,
  /\brefus(e|es|ed|ing|al)\b/i,
];

/** Phrases in which such a word has another meaning. */
const otherMeanings: readonly RegExp[] = [
  /connection (is |was )?refused/i,
  /stands? in for/i,
  /lie between/i,
  // A value of the API: who may open a microphone.
  /`nobody`/,
];

/** References to documents that are not in the repository. */
const missingDocument = /\bseed 0\d\d\b|\bthe seeds?\b(?! of)|\bthe page (says|wants|demands|asks)\b/i;
const document = /[\w./-]*\b[\w-]+[.]md\b/g;

const isOwn = (file: string): boolean => file === 'test/checks/words.test.ts';
const isProse = ({ text }: Passage): boolean => text.includes(' ');
const isTest = (file: string): boolean => /([.]test|[.-]fixture)[.]ts$|^test\//.test(file);

const passages = sourceFiles
  .filter((file) => !isOwn(file))
  .flatMap((file) => {
    const { comments, strings } = passagesIn(file);
    return [...comments, ...(isTest(file) ? [] : strings.filter(isProse))];
  });
const documents = filesOf('*.md', '.github/**/*.md', '{bin,functions,infra,shared,test}/**/*.md').flatMap((file) =>
  textOf(file)
    .split('\n')
    .map((text, position): Passage => ({ file, line: position + 1, text }))
    // The table of words itself.
    .filter(({ text }) => !(file === '.github/CONTRIBUTING.md' && text.startsWith('|'))),
);

const withoutMeant = (text: string): string =>
  otherMeanings.reduce((left, phrase) => left.replaceAll(new RegExp(phrase, 'gi'), ''), text);

const findings = (texts: readonly Passage[], has: (text: string) => string | undefined): string[] =>
  texts.flatMap(({ file, line, text }) => {
    const word = has(withoutMeant(text));
    return word === undefined ? [] : [`${file}:${line} ${word}`];
  });

test('comments, texts and documents use plain technical English', () => {
  expect(passages.length).toBeGreaterThan(5_000);
  const word = (text: string): string | undefined => rejected.map((pattern) => pattern.exec(text)?.[0]).find(Boolean);
  expect(findings([...passages, ...documents], word)).toEqual([]);
});

test('a cited document exists in the repository, or is an RFC or an AWS document', () => {
  const missing = (text: string): string | undefined =>
    missingDocument.exec(text)?.[0] ??
    [...text.matchAll(document)].map(([name]) => name).find((name) => !existsSync(name));
  expect(findings(passages, missing)).toEqual([]);
  const outside = (text: string): string | undefined => missingDocument.exec(text)?.[0];
  expect(findings(documents, outside)).toEqual([]);
});
