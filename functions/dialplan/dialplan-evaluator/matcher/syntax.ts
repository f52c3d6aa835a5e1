import { type CharacterSet, longestDialed } from './character-set.ts';

/**
 * What must hold at a place between two characters, as bits. `^` and `$` of lines are those of the text: a line break
 * cannot be dialed.
 */
export const assertions = { begin: 1, end: 2, boundary: 4, noBoundary: 8 } as const;

/** One of a set of characters. */
export type Characters = Measured & { readonly kind: 'characters'; readonly set: CharacterSet };

/** What every part of a pattern knows of itself. */
type Measured = {
  /** Characters of the shortest text that it can match. */
  readonly shortest: number;
  /** States of the automaton that it becomes, about. */
  readonly size: number;
};

/** A pattern as a tree. */
export type Syntax = Measured &
  (
    | Characters
    /** Digits, one after the other, each as itself: most of what patterns consist of. */
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
  // By index, here and where places are made: thousands of patterns are read by code that is not yet optimized.
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

/** How often something may be repeated: where so many do not fit into a dialed string anyway, without limit. */
export const maxDialed = (of: Syntax, most: number): number =>
  of.shortest * (most + 1) > longestDialed ? Infinity : most;

/** Whether whatever matches begins where the text begins. */
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
