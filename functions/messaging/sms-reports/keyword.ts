/** Keywords of received SMS (functions/messaging/README.md, "Opt-outs"). */

/** `out`: no messages any more; `in`: messages again; `help`: a question. */
export type Keyword = 'out' | 'in' | 'help';

const keywords: ReadonlyMap<string, Keyword> = new Map([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'ARRET', 'STOPP'].map(
    (word) => [word, 'out'] as const,
  ),
  ...['START', 'UNSTOP', 'OPTIN'].map((word) => [word, 'in'] as const),
  ...['HELP', 'INFO'].map((word) => [word, 'help'] as const),
]);

/** The first word of a text in capitals, without accents and punctuation; empty if there is none. */
export const firstWord = (text: string): string =>
  /[\p{L}\p{N}]+/u.exec(text.normalize('NFD').replaceAll(/\p{M}/gu, ''))?.[0].toUpperCase() ?? '';

/** What a text asks for by its first word; null: nothing. */
export const keywordOf = (text: string): Keyword | null => keywords.get(firstWord(text)) ?? null;
