import { partyText, type Call } from '#browser-phone/state.ts';

/** A call that the phone lists. */
export type RecentCall = {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly party: string;
  readonly number: string;
  readonly isOutgoing: boolean;
  readonly isAnswered: boolean;
};

const longest = 20;

/** Those that have ended: a call that rings is not missed yet. @param calls those that the phone has now */
export const endedOf = (recent: readonly RecentCall[], calls: readonly Call[]): readonly RecentCall[] =>
  recent.filter(({ id }) => calls.every((call) => call.id !== id));

/** The calls since the phone was switched on, after its calls have changed. Newest first. */
export function withCalls(recent: readonly RecentCall[], calls: readonly Call[], now: number): readonly RecentCall[] {
  const known = new Set(recent.map(({ id }) => id));
  const begun = calls
    .filter(({ id }) => !known.has(id))
    .map((call) => ({
      id: call.id,
      at: now,
      party: partyText(call),
      number: call.number,
      isOutgoing: call.isOutgoing,
      isAnswered: false,
    }));
  const talking = new Set(calls.filter(({ phase }) => phase === 'talking').map(({ id }) => id));
  return [...begun, ...recent]
    .slice(0, longest)
    .map((each) => (talking.has(each.id) && !each.isAnswered ? { ...each, isAnswered: true } : each));
}
