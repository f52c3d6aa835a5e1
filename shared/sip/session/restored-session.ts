import type { SipRequest } from '../message.ts';
import type { Flow } from '../transaction/layer.ts';
import { Exchange } from './exchange.ts';
import { Leg } from './leg.ts';
import type { LegParts } from './leg-parts.ts';
import { LegSession } from './leg-session.ts';
import type { EndReason, Session } from './session.ts';
import type { RestoredDialog } from './stored-dialog.ts';

/** A session that another task began. */
export class RestoredSession<Path extends Flow> extends LegSession<Path> implements Session {
  readonly callId: string;
  protected override readonly leg: Leg<Path>;

  constructor(
    { dialog, contact, stored }: RestoredDialog,
    parts: Pick<LegParts<Path>, 'sender' | 'listener' | 'surroundings' | 'digest'>,
  ) {
    super();
    this.callId = dialog.callId;
    this.leg = new Leg<Path>({
      ...parts,
      dialog,
      contact,
      state: 'established',
      isCaller: stored.isCaller,
      session: this,
      exchange: new Exchange('stable', stored.sdp ?? undefined),
      peerUpdates: stored.peerUpdates,
    });
    if (stored.timer !== null) this.leg.timer.start(stored.timer);
  }

  end(reason: EndReason = {}): void {
    this.leg.end(reason);
  }

  /** Acknowledges the 2xx of an INVITE that no one awaits, and ends its dialog. */
  discard(invite: SipRequest): void {
    this.leg.discard(invite);
  }

  /** A 2xx that is repeated. */
  acknowledgeAgain(invite: SipRequest): void {
    this.leg.acknowledgements.repeat(invite);
  }
}
