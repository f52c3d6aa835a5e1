/** Keywords of received SMS (functions/messaging/README.md, "Opt-outs"; 47 CFR 64.1200(a)(10) has those of the USA). */

/** `out`: no messages any more; `in`: messages again; `help`: a question. */
export type Asked = 'out' | 'in' | 'help';

/** What a text asks for, and the word by which it does, in capitals. */
export type Keyword = { readonly asked: Asked; readonly word: string };

/** What a word asks for as the first of a text, or after "please". */
const first: ReadonlyMap<string, Asked> = new Map([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'OPTOUT', 'REVOKE', 'ARRET', 'STOPP'].map((word) => [word, 'out'] as const),
  ...['START', 'UNSTOP', 'OPTIN'].map((word) => [word, 'in'] as const),
  ...['HELP', 'INFO'].map((word) => [word, 'help'] as const),
]);

/** Words that begin other sentences, too: they opt out alone, or with a courtesy. */
const alone: ReadonlySet<string> = new Set(['END', 'CANCEL', 'QUIT']);

const courtesies: ReadonlySet<string> = new Set(['PLEASE', 'PLS', 'THANKS', 'THANK', 'YOU', 'THX']);

/** Words that are written apart: "opt out", "opt-in". */
const pairs: ReadonlyMap<string, string> = new Map([
  ['OPT OUT', 'OPTOUT'],
  ['OPT IN', 'OPTIN'],
]);

/** Joins single letters ("S.T.O.P"), and the words of one keyword. */
function joined(words: readonly string[]): readonly string[] {
  const found: string[] = [];
  let isSpelled = false;
  for (const word of words) {
    const isLetter = word.length === 1;
    const before = found.at(-1) ?? '';
    const pair = pairs.get(`${before} ${word}`);
    if (pair !== undefined) found.splice(-1, 1, pair);
    else if (isLetter && isSpelled) found.splice(-1, 1, before + word);
    else found.push(word);
    isSpelled = isLetter;
  }
  return found;
}

/** The words of a text in capitals, without accents, punctuation, and forms of letters such as full width. */
const wordsOf = (text: string): readonly string[] => {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .toUpperCase();
  return joined(plain.match(/[\p{L}\p{N}]+/gu) ?? []);
};

/** Words that an organization takes for STOP besides those above (`settings.sms.stop_words`). */
export type StopWords = readonly string[];

const isStopWord = (word: string, own: StopWords): boolean => own.some((each) => wordsOf(each)[0] === word);

/** What a text asks for; null: nothing. */
export function keywordOf(text: string, own: StopWords = []): Keyword | null {
  const words = wordsOf(text);
  const [word, ...others] = words.filter((each, at) => at > 0 || !courtesies.has(each));
  if (word === undefined) return null;
  if (alone.has(word)) return others.every((each) => courtesies.has(each)) ? { asked: 'out', word } : null;
  const asked = first.get(word) ?? (isStopWord(word, own) ? 'out' : undefined);
  return asked === undefined ? null : { asked, word };
}

/**
 * A word that opts out in other texts, but not in this one, which a person should read: any reasonable wording counts.
 * Null: there is none.
 */
export function suspectedIn(text: string, own: StopWords = []): string | null {
  if (keywordOf(text, own) !== null) return null;
  const optsOut = (word: string): boolean => alone.has(word) || first.get(word) === 'out' || isStopWord(word, own);
  return wordsOf(text).find(optsOut) ?? null;
}
