import type { Call, CallLeg, CallStatus } from '#telephony/call.ts';
import type { LineDialog } from '#sidecar/line-command.ts';
import { parkedDialogId, parkingLine } from '#telephony/parking.ts';
import { connectedLeg } from '../calls/call/record.ts';
import type { CallState, Side } from '../calls/call/state.ts';
import { openLegs, type Hunt } from '../calls/call/hunt.ts';
import type { Target } from '../calls/routing/target.ts';
import type { LegParty } from '../calls/call/record.ts';
import { legOfSide, otherSide } from '../calls/call/state.ts';

/** How the lines of a call see it. Pure. */

/** A call as one of its phones sees it. */
export type PhoneDialog = {
  /** Of the phone's line; null: it is a phone line, which has none. */
  readonly extension: string | null;
  readonly user: string | null;
  readonly dialog: LineDialog;
};

type Seen = { readonly record: Call; readonly state: CallState<Target> };
/** One phone of a call. */
type Phone = { readonly leg: string; readonly side: Side; readonly party: LegParty; readonly isCaller: boolean };

const stateOf = (status: CallStatus): LineDialog['state'] => {
  if (status === 'answered') return 'confirmed';
  return status === 'created' || status === 'trying' ? 'trying' : 'early';
};

/** The newest leg of a side, which is the one that is called. */
const newestLeg = ({ legs }: Call, side: Side): CallLeg | undefined =>
  legs.findLast(({ role, status }) => role === side && status !== 'hangup');

/** The other party as it is presented to phones of the organization; null if it is withheld or has no number. */
function remoteOf(record: Call, side: Side): LineDialog['remote'] {
  const role = otherSide(side);
  const leg = connectedLeg(record, role) ?? newestLeg(record, role);
  if (leg === undefined || (role === 'source' && record.privacy)) return null;
  const isFirst = record.legs.find((each) => each.role === role) === leg;
  if (role === 'source' && isFirst) {
    const { user, name } = record.source.caller;
    return leg.kind === 'line' && name === '' ? null : { user, name };
  }
  return leg.kind === 'line' ? null : { user: leg.number ?? leg.target, name: '' };
}

const searched = (side: Side, search: Hunt<Target> | undefined): Phone[] =>
  search === undefined
    ? []
    : openLegs(search).map(({ id: leg, target: { party } }) => ({ leg, side, party, isCaller: false }));

function connected({ record, state }: Seen, side: Side): Phone[] {
  const leg = legOfSide(state, side);
  const isCaller = side === 'source' && state.isIncoming && leg === 'a';
  const party = connectedLeg(record, side) ?? (isCaller ? newestLeg(record, side) : undefined);
  return leg === undefined || party === undefined ? [] : [{ leg, side, party, isCaller }];
}

function phonesOf(seen: Seen): Phone[] {
  const { source, destination, transfer } = seen.state;
  const all = [
    ...connected(seen, 'source'),
    ...connected(seen, 'destination'),
    ...searched('source', source),
    ...searched('destination', destination),
    ...(transfer === undefined ? [] : searched(transfer.side, transfer.search)),
  ];
  // A leg that has answered is connected, and may be searched for as well.
  return [...new Map(all.toReversed().map((phone) => [phone.leg, phone])).values()];
}

/** The status of a phone: while it is searched for, that of the newest leg of its side. */
function statusOf({ record, state }: Seen, { leg, side, isCaller }: Phone): CallStatus {
  if (isCaller) return record.status;
  if (leg === legOfSide(state, side)) return 'answered';
  // Whether the source of a call of the API rings is not recorded.
  return side === 'source' && state.phase === 'calling source'
    ? 'ringing'
    : (newestLeg(record, side)?.status ?? 'created');
}

/** The phones of a call in progress, each with the call as it sees it. */
export function dialogsOfCall(seen: Seen): PhoneDialog[] {
  const { record, state } = seen;
  if (state.phase === 'over' || record.status === 'hangup') return [];
  return [...slotDialogs(record), ...phoneDialogs(seen)];
}

/** A slot in which a call is parked shows that, and nothing of its parties. */
const slotDialogs = ({ id, channels }: Call): PhoneDialog[] =>
  channels.flatMap(({ kind, id: slot }) =>
    kind === 'park'
      ? [
          {
            extension: parkingLine(slot),
            user: null,
            dialog: { id: parkedDialogId(id), direction: 'recipient', state: 'confirmed', remote: null },
          },
        ]
      : [],
  );

function phoneDialogs(seen: Seen): PhoneDialog[] {
  const { record } = seen;
  return phonesOf(seen)
    .filter(({ party: { kind } }) => kind === 'device' || kind === 'line')
    .map((phone) => ({
      extension: phone.party.kind === 'device' ? phone.party.target : null,
      user: phone.party.user_id,
      dialog: {
        id: `${record.id}-${phone.leg}`,
        direction: phone.isCaller ? 'initiator' : 'recipient',
        state: stateOf(statusOf(seen, phone)),
        remote: remoteOf(record, phone.side),
      },
    }));
}
