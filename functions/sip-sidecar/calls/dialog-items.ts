import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { Call } from '#schema/call.ts';
import { day, second } from '#schema/time.ts';
import type { Session } from '#sip/session/session.ts';
import type { Side } from './call-state.ts';

/** The dialogs of the connected sides of a call, as they are stored. */
export function dialogItems(
  { id, org_id, task }: Pick<Call, 'id' | 'org_id' | 'task'>,
  sessionOf: (side: Side) => Session | undefined,
  now: Date,
): readonly CallDialogItem[] {
  const expires_at = Math.floor((now.getTime() + 2 * day) / second);
  return (['source', 'destination'] as const).flatMap((leg) => {
    const session = sessionOf(leg)?.stored();
    return session === undefined ? [] : [{ call_id: id, org_id, leg, task, session: { ...session }, expires_at }];
  });
}
