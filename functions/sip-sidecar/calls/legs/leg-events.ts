import type { Session } from '#sip/session/session.ts';
import { type CallMedia, MediaFailure, type SentDescription } from '../../media/call-media.ts';
import { causeNamed } from '../call/causes.ts';
import type { CallEvent, CallState } from '../call/state.ts';
import { legOf } from '../call/hunt.ts';
import { legOfSide, otherSide } from '../call/state.ts';

/** What happens in a leg of a call. */
export type LegEvent<Target> = Extract<CallEvent<Target>, { readonly leg: string }>;

/**
 * Where the description of an event passes to: the other party gets it next.
 * @returns undefined if the event has none, or its description goes to no one
 */
export function sentDescription<Target>(
  state: CallState<Target>,
  event: LegEvent<Target>,
): SentDescription | undefined {
  if (!('sdp' in event)) return undefined;
  const { leg: from, sdp } = event;
  if (event.type === 'acknowledge') return answerToOffer(state, from, sdp);
  const { transfer } = state;
  if (transfer !== undefined && legOf(transfer.search, from)?.isOver === false) {
    const kept = legOfSide(state, otherSide(transfer.side));
    return event.type === 'answer' && kept !== undefined ? { kind: 'offer', from, to: kept, sdp } : undefined;
  }
  return ofDestination(state, event.type, from, sdp);
}

/** The caller's answer to the offer of the callee, which came with its 2xx. */
const answerToOffer = (state: CallState<unknown>, from: string, sdp: string): SentDescription | undefined =>
  state.phase === 'joining' && from === state.a && state.b !== undefined
    ? { kind: 'answer', from, to: state.b, sdp }
    : undefined;

function ofDestination(
  { phase, destination, isIncoming, offer, a }: CallState<unknown>,
  type: 'progress' | 'answer',
  from: string,
  sdp: string,
): SentDescription | undefined {
  if (phase !== 'calling' || destination === undefined || legOf(destination, from)?.isOver !== false) return undefined;
  // Early media of one of several phones, or for a caller of the API, go to no one.
  if (type === 'progress' && (!isIncoming || destination.legs.length > 1)) return undefined;
  const kind = isIncoming && offer !== undefined ? 'answer' : 'offer';
  return { kind, ...(type === 'progress' ? { isEarly: true } : {}), from, to: a, sdp };
}

/** The party of a leg has ended its dialog, or is lost. */
export type EndOfLeg = Extract<CallEvent<never>, { type: 'end' }>;

/**
 * Whether a party knows its dialog no more: it has hung up before, when its task was gone, or was restarted.
 */
export const isUnknownDialog = ({ by, status }: EndOfLeg['end']): boolean => by === 'peer' && status === 481;

const isLoss = (end: EndOfLeg['end']): boolean => end.by === 'timer' || end.by === 'transport' || isUnknownDialog(end);

type Parts<Target> = {
  readonly media: Pick<CallMedia, 'pass'>;
  readonly sessions: { readonly get: (leg: string) => Pick<Session, 'end'> | undefined };
  readonly state: () => CallState<Target>;
  readonly dispatch: (event: CallEvent<Target>) => void;
  readonly fault: (error: unknown) => void;
  /** When the call has ended for a party that is lost, or has left, in Unix milliseconds; undefined: now. */
  readonly lastSign: (lost: EndOfLeg) => Promise<number | undefined>;
};

/**
 * The events of the legs of a call, with descriptions as the other party gets them. While one passes a relay, later
 * events wait, so that the call sees them in their order.
 */
export class LegEvents<Target> {
  readonly #parts: Parts<Target>;
  readonly #waiting: LegEvent<Target>[] = [];
  #isPassing = false;

  constructor(parts: Parts<Target>) {
    this.#parts = parts;
  }

  take(event: LegEvent<Target>): void {
    this.#waiting.push(event);
    if (!this.#isPassing) this.#takeNext();
  }

  #takeNext(): void {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      const passed = this.#passed(event);
      if (passed instanceof Promise) {
        this.#isPassing = true;
        void passed.then((next) => {
          this.#isPassing = false;
          this.#parts.dispatch(next);
          this.#takeNext();
        });
        return;
      }
      this.#parts.dispatch(passed);
    }
  }

  #passed(event: LegEvent<Target>): CallEvent<Target> | Promise<CallEvent<Target>> {
    if (event.type === 'end' && isLoss(event.end)) return this.#lost(event);
    const description = sentDescription(this.#parts.state(), event);
    if (description === undefined) return event;
    const failed = (error: unknown) => this.#failed(event, error);
    const passed = (sdp: string): CallEvent<Target> => ({ ...event, sdp }) as typeof event;
    try {
      const sdp = this.#parts.media.pass(description);
      return typeof sdp === 'string' ? passed(sdp) : sdp.then(passed, failed);
    } catch (error) {
      return failed(error);
    }
  }

  /** The end of a party that is lost is its last sign of life. */
  async #lost(event: EndOfLeg): Promise<CallEvent<Target>> {
    const at = await this.#parts.lastSign(event);
    return at === undefined ? event : { ...event, at };
  }

  /**
   * Without its description the event fails a transfer, and is progress only. An answer that is of no use fails its
   * leg, and others may be called; else the call cannot go on.
   */
  #failed(event: LegEvent<Target>, error: unknown): CallEvent<Target> {
    if (!(error instanceof MediaFailure)) this.#parts.fault(error);
    const isOfTransfer = this.#parts.state().transfer !== undefined;
    if (event.type === 'progress' || isOfTransfer) return withoutSdp(event);
    const isUseless = event.type === 'answer' && error instanceof MediaFailure && error.status === 488;
    if (!isUseless) return mediaRejection(error);
    const { failure } = error;
    this.#parts.sessions.get(event.leg)?.end({ q850: failure.q850 });
    return { type: 'failure', leg: event.leg, failure };
  }
}

function withoutSdp<Target>(event: LegEvent<Target>): LegEvent<Target> {
  if (event.type === 'progress') return { type: 'progress', leg: event.leg, status: event.status };
  return event.type === 'answer' ? { type: 'answer', leg: event.leg, at: event.at } : event;
}

/** The end of a call whose media fail. */
export const mediaRejection = (error: unknown): Extract<CallEvent<never>, { type: 'rejected' }> =>
  error instanceof MediaFailure
    ? { type: 'rejected', status: error.status, cause: causeNamed(error.hangupCause) }
    : { type: 'rejected', status: 503, cause: causeNamed('NORMAL_TEMPORARY_FAILURE') };
