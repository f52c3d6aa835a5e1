import { row } from '#dynamodb/row.ts';

/** What an organization has had said in an hour of UTC. `characters`: UTF-16 units of new texts. */
type SpeechUse = { readonly hour: string; readonly characters?: number };

/** `speechuse#1001`, 2 days. */
export const speechUseRow = row<'speechuse', SpeechUse, Pick<SpeechUse, 'hour'>>('speechuse', {
  afterClosing: 'expires two days after its hour',
  sort: ({ hour }) => hour,
});
