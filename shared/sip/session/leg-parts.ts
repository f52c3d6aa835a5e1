import type { Dialog } from '../dialog/dialog.ts';
import type { SipRequest } from '../message.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { DialogClientParts } from './dialog-client.ts';
import type { Exchange } from './exchange.ts';
import type { LegState } from './leg-states.ts';
import type { Session, SessionListener } from './session.ts';
import type { Surroundings } from './surroundings.ts';

/** What a leg is made of. */
export type LegParts<Path extends Flow> = DialogClientParts & {
  readonly dialog: Dialog;
  readonly state: LegState;
  /** Whether we sent the INVITE. */
  readonly isCaller: boolean;
  readonly listener: SessionListener;
  readonly session: Session;
  readonly surroundings: Surroundings<Path>;
  /** Where the offer and answer of the INVITE are. */
  readonly exchange: Exchange;
  /** Whether the peer accepts UPDATE. */
  readonly peerUpdates: boolean;
  /** Called when the peer sends BYE before the answer. */
  readonly onEarlyBye?: () => void;
  /** Called for each PRACK. Without it they get 481. */
  readonly onPrack?: (request: SipRequest, transaction: ServerTransaction<Path>) => void;
};
