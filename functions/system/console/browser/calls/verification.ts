import type { AnswerOf } from '../kit/answer-of.ts';

/** What a call or its record says of its caller. */
export type VerifiedCall = {
  readonly stir?: AnswerOf<'get', '/Calls'>['calls'][number]['stir'] | null;
};

/**
 * Whether the caller is genuine; undefined: nothing says so. A carrier that does not attest that the caller may use the
 * number (B, C) says nothing of it.
 */
export function verificationOf({ stir }: VerifiedCall): 'passed' | 'failed' | undefined {
  if (stir == null) return undefined;
  const { verstat, attestation = 'A' } = stir;
  if (verstat === 'TN-Validation-Failed') return 'failed';
  return verstat === 'TN-Validation-Passed' && attestation === 'A' ? 'passed' : undefined;
}
