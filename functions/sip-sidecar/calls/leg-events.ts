import { MediaFailure, type CallMedia } from '../media/call-media.ts';
import { causeNamed } from './causes.ts';
import type { CallEvent, CallState } from './call-state.ts';
import { passageOf, type LegEvent } from './passages.ts';

type Parts<Target> = {
  readonly media: Pick<CallMedia, 'pass'>;
  readonly state: () => CallState<Target>;
  readonly dispatch: (event: CallEvent<Target>) => void;
  readonly fault: (error: unknown) => void;
  /** The last sign of life of the connected parties, in Unix milliseconds; undefined: it is not known. */
  readonly lastSign: () => Promise<number | undefined>;
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
    if (event.type === 'end' && (event.end.by === 'timer' || event.end.by === 'transport')) return this.#lost(event);
    const passage = passageOf(this.#parts.state(), event);
    if (passage === undefined) return event;
    const failed = (error: unknown) => this.#failed(event, error);
    const passed = (sdp: string): CallEvent<Target> => ({ ...event, sdp }) as typeof event;
    try {
      const sdp = this.#parts.media.pass(passage);
      return typeof sdp === 'string' ? passed(sdp) : sdp.then(passed, failed);
    } catch (error) {
      return failed(error);
    }
  }

  /** The end of a party that is lost is its last sign of life. */
  async #lost(event: Extract<LegEvent<Target>, { type: 'end' }>): Promise<CallEvent<Target>> {
    const at = await this.#parts.lastSign();
    return at === undefined ? event : { ...event, at };
  }

  /** Without its description the event fails a transfer, and is progress only; else the call cannot go on. */
  #failed(event: LegEvent<Target>, error: unknown): CallEvent<Target> {
    if (!(error instanceof MediaFailure)) this.#parts.fault(error);
    const isOfTransfer = this.#parts.state().transfer !== undefined;
    if (event.type === 'progress' || isOfTransfer) return withoutSdp(event);
    return refusalOf(error);
  }
}

function withoutSdp<Target>(event: LegEvent<Target>): LegEvent<Target> {
  if (event.type === 'progress') return { type: 'progress', leg: event.leg, status: event.status };
  return event.type === 'answer' ? { type: 'answer', leg: event.leg, at: event.at } : event;
}

/** The end of a call whose media fail. */
export const refusalOf = (error: unknown): Extract<CallEvent<never>, { type: 'refused' }> =>
  error instanceof MediaFailure
    ? { type: 'refused', status: error.status, cause: causeNamed(error.hangupCause) }
    : { type: 'refused', status: 503, cause: causeNamed('NORMAL_TEMPORARY_FAILURE') };
