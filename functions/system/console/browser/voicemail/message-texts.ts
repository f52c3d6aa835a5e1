import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { clockText } from '../sound/wave.ts';

/** Messages as a person reads them. */

export type VoicemailMessage = AnswerOf<'get', '/voicemail'>['data'][number];

/** Who has left a message: the name and the number, as far as they are known. */
export function callerOf({
  caller_name: name,
  caller_number: number,
}: Pick<VoicemailMessage, 'caller_name' | 'caller_number'>): string {
  const known = [name, number].filter((each) => each !== null && each !== '');
  return known.length === 0 ? t('unknown') : known.join(', ');
}

/** `1:05`. */
export function lengthOf({ duration_seconds: seconds }: Pick<VoicemailMessage, 'duration_seconds'>): string {
  return clockText(seconds);
}
