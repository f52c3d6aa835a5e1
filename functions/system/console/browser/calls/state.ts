import type { AnswerOf } from '../kit/answer-of.ts';
import { timeText } from '../kit/format.ts';
import { t } from '../texts/texts.ts';
import { partiesOf, personText, type People } from './names.ts';
import { reasonOf } from './reasons.ts';
import type { Disposition } from './result.ts';
import { storyOf } from './story.ts';

/** A call that the platform carries or has carried, as people read it. */

export type CallState = AnswerOf<'get', '/Calls/{callId}'>;
type Listed = AnswerOf<'get', '/Calls'>['calls'][number];

/** Who calls, and who is called. */
export function partiesOfState({ number, source, destination, direction, user_id }: Listed, people: People) {
  const user = source.caller.user;
  const caller = people.byNumber.has(user) ? user : (number.caller ?? user);
  return partiesOf({ caller, callee: number.called ?? destination.req.user, direction, user_id }, people);
}

/** Who is not heard in a call that goes on; undefined: both are, as far as it is known. */
export function silenceOf(call: Listed, people: People): string | undefined {
  const [missing, ...others] = call.audio_missing ?? [];
  if (missing === undefined) return undefined;
  if (others.length > 0) return t('Neither side is heard');
  const { from, to } = partiesOfState(call, people);
  return t('{name} is not heard', { name: missing.side === 'source' ? from : to });
}

const dispositions: Readonly<Record<string, Disposition>> = {
  USER_BUSY: 'BUSY',
  NO_ANSWER: 'NO ANSWER',
  NO_USER_RESPONSE: 'NO ANSWER',
  ORIGINATOR_CANCEL: 'CANCELLED',
};

/** How a call ended that no one answered. @param cause as the platform names it */
export const dispositionOf = (cause: string): Disposition => dispositions[cause] ?? 'FAILED';

/** The call in one sentence, also while it goes on. */
export function storyOfState(call: Listed, people: People): string {
  const { timestamps, hangup, direction } = call;
  const parties = partiesOfState(call, people);
  const start = timestamps.created ?? timestamps.trying ?? '';
  const { answered = null, hangup: end } = timestamps;
  if (hangup !== null && end !== undefined)
    return storyOf({
      ...parties,
      direction,
      disposition: answered === null ? dispositionOf(hangup.cause) : 'ANSWERED',
      ...{ start_time: start, answer_time: answered, end_time: end, cause: hangup },
      billable_seconds: answered === null ? 0 : (Date.parse(end) - Date.parse(answered)) / 1_000,
    });
  if (answered === null) return t('{from} is calling {to} since {time}.', { ...parties, time: timeText(start) });
  return t('{from} is talking to {to} since {time}.', { ...parties, time: timeText(answered) });
}

type Handled = CallState['handling'][number];

const reasons: Readonly<Record<Handled['reason'], string>> = {
  BLOCKED_BY_USER: t('the caller is blocked'),
  DO_NOT_DISTURB: t('do not disturb is on'),
  FORWARD_ALWAYS: t('all calls are forwarded'),
  CLOSED: t('it is outside of the opening hours'),
  RING: t('calls ring'),
  FOLLOW_ME: t('the next number is tried'),
  NOT_ACCEPTED: t('the key that accepts it was not heard'),
  REDIRECTED: t('the phone sends calls on'),
  EMERGENCY_CALLBACK: t('it follows an emergency call'),
  BUSY: t('the line was busy'),
  NO_ANSWER: t('no one answered'),
  UNREACHABLE: t('no phone was signed in there'),
};

/** What was done with the call for each user who was called, in order. */
export function stepsOf({ handling }: Pick<CallState, 'handling'>, { byId }: People): readonly string[] {
  return handling.map(({ user_id: id, action, reason, denied }) => {
    const person = byId.get(id);
    const values = { name: person === undefined ? t('A user') : personText(person), reason: reasons[reason] };
    switch (action) {
      case 'reject':
        return t('{name}: the call was rejected, because {reason}.', values);
      case 'forward':
        return denied === null
          ? t('{name}: the call was forwarded, because {reason}.', values)
          : t('{name}: the call was not forwarded, as the dial plan or a loop forbids it.', values);
      case 'ring':
        return t('{name}: the phones rang.', values);
      case 'mailbox':
        return t('{name}: the mailbox took the call, because {reason}.', values);
      case 'end':
        return reason === 'NOT_ACCEPTED'
          ? t('{name}: a number outside answered, and did not accept the call by its key.', values)
          : t('{name}: the call ended, because {reason}.', values);
    }
  });
}

/** Why the call ended without an answer; undefined: it was answered, or goes on. */
export const failureOf = ({ hangup, timestamps }: Pick<Listed, 'hangup' | 'timestamps'>): string | undefined =>
  hangup === null || timestamps.answered !== undefined ? undefined : reasonOf(hangup);
