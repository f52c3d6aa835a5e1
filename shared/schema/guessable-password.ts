import { ZxcvbnFactory, type ZxcvbnResult } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { seenText, type Names } from './password-rules.ts';

/**
 * Passwords that guessers try first: common ones, sequences, repetitions and what is known of the person (NIST SP
 * 800-63B §5.1.1.2). zxcvbn estimates the number of guesses (Wheeler, USENIX Security 2016), with a list of 49,000
 * passwords from leaks.
 */

/**
 * Fewer guesses make a password weak. At the cost of our hashes they take a processor five years. zxcvbn gives three
 * parts 10^8 guesses at least, however common they are.
 */
const minGuesses = 1e9;

/** Characters that are looked at from the begin and from the end: the time grows with the square of their number. */
const checkedLength = 48;

const estimator = new ZxcvbnFactory({
  dictionary,
  graphs: adjacencyGraphs,
  // The default of 512 takes a third of a second for some passwords.
  l33tMaxSubstitutions: 20,
});

const commonPassword = 'is a common password, or nearly one';
const repeats = 'repeats the same characters';
const sequence = 'is a sequence of characters';

/** What zxcvbn warns of, in our words. */
const faults: Readonly<Record<string, string>> = {
  simpleRepeat: repeats,
  extendedRepeat: repeats,
  sequences: sequence,
  straightRow: sequence,
  keyPattern: sequence,
  topTen: commonPassword,
  topHundred: commonPassword,
  common: commonPassword,
  similarToCommon: commonPassword,
};

/** Names as a guesser writes them: whole, without their separators, and each word. */
const wordsOf = (names: Names): string[] => {
  const all = names.flatMap((name) => {
    const folded = (name ?? '').normalize('NFKC').toLowerCase();
    const [local = ''] = folded.split('@');
    const words = folded.split(/[^\p{L}\p{N}]+/u);
    return [folded, local, ...words, words.join(''), local.replaceAll(/[^\p{L}\p{N}]+/gu, '')];
  });
  return [...new Set(all)].filter(({ length }) => length > 2);
};

function faultOf({ sequence: parts, feedback: { warning } }: ZxcvbnResult): string {
  if (parts.some(({ dictionaryName }) => dictionaryName === 'userInputs'))
    return 'consists of the names of the user or the organization';
  return faults[warning ?? ''] ?? 'is too easy to guess';
}

/** Why a password is easy to guess, as the end of a sentence; null for one that is not. */
export function guessableFault(password: string, names: Names): string | null {
  const characters = Array.from(seenText(password));
  const words = wordsOf(names);
  const parts = [characters.slice(0, checkedLength), characters.slice(-checkedLength)];
  const [first, ...others] = [...new Set(parts.map((part) => part.join('')))].map((part) =>
    estimator.check(part, words),
  );
  if (first === undefined) return null;
  return [first, ...others].some(({ guesses }) => guesses >= minGuesses) ? null : faultOf(first);
}
