import { type CharacterSet, longestDialed } from './character-set.ts';

/**
 * Assertions about a position between two characters, as bits. `^` and `$` are those of the text, since a line break
 * cannot be dialed.
 */
export const assertions = { begin: 1, end: 2, boundary: 4, noBoundary: 8 } as const;

/** A character of a set. */
export type Characters = Measured & { readonly kind: 'characters'; readonly set: CharacterSet };

/** Measures of a part of a pattern. */
type Measured = {
  /** Length of the shortest text that it matches. */
  readonly shortest: number;
  /** Estimated number of automaton states. */
  readonly size: number;
};

/** A pattern as a tree. */
export type Syntax = Measured &
  (
    | Characters
    /** A run of literal digits, which most patterns consist of. */
    | { readonly kind: 'digits'; readonly text: string }
    | { readonly kind: 'assertion'; readonly assertion: number }
    | { readonly kind: 'sequence'; readonly parts: readonly Syntax[] }
    | { readonly kind: 'choice'; readonly choices: readonly Syntax[] }
    | Repeat
    /** Captures; numbered from 1. */
    | { readonly kind: 'group'; readonly number: number; readonly of: Syntax }
  );

/** `most` may be infinite. */
export type Repeat = {
  readonly kind: 'repeat';
  readonly of: Syntax;
  readonly least: number;
  readonly most: number;
  readonly greedy: boolean;
};

export const characters = (set: CharacterSet): Characters => ({ kind: 'characters', set, shortest: 1, size: 1 });

export const digitsIn = (text: string): Syntax => ({ kind: 'digits', text, shortest: text.length, size: text.length });

export const assertion = (kind: keyof typeof assertions): Syntax => ({
  kind: 'assertion',
  assertion: assertions[kind],
  shortest: 0,
  size: 1,
});

export function sequence(parts: readonly Syntax[]): Syntax {
  let shortest = 0;
  let size = 1;
  // By index, as in the NFA: thousands of patterns are parsed by code that V8 has not optimized yet.
  for (let index = 0; index < parts.length; index += 1) {
    shortest += parts[index]?.shortest ?? 0;
    size += parts[index]?.size ?? 0;
  }
  return { kind: 'sequence', parts, shortest, size };
}

export const choice = (choices: readonly Syntax[]): Syntax => ({
  kind: 'choice',
  choices,
  shortest: Math.min(...choices.map(({ shortest }) => shortest)),
  size: choices.reduce((sum, { size }) => sum + size, 1),
});

export const group = (number: number, of: Syntax): Syntax => ({
  kind: 'group',
  number,
  of,
  shortest: of.shortest,
  size: of.size,
});

export function repeat({ of, least, most, greedy }: Omit<Repeat, 'kind'>): Syntax {
  const shortest = of.shortest * least;
  const copies = shortest > longestDialed ? 0 : Math.max(Number.isFinite(maxDialed(of, most)) ? most : least, 1);
  return { kind: 'repeat', of, least, most, greedy, shortest, size: 1 + copies * of.size };
}

/** The limit of a repetition; Infinity if more repetitions do not fit into a dialed string. */
export const maxDialed = (of: Syntax, most: number): number =>
  of.shortest * (most + 1) > longestDialed ? Infinity : most;

/** Whether each match begins at the start of the text. */
export function isAnchored(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'characters':
    case 'digits':
      return false;
    case 'assertion':
      return syntax.assertion === assertions.begin;
    case 'group':
      return isAnchored(syntax.of);
    case 'repeat':
      return syntax.least > 0 && isAnchored(syntax.of);
    case 'choice':
      return syntax.choices.every(isAnchored);
    case 'sequence': {
      const first = syntax.parts.find((part) => part.kind !== 'assertion' || isAnchored(part));
      return first !== undefined && isAnchored(first);
    }
  }
}
