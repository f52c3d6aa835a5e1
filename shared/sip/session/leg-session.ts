import { lacksKeys } from '../sdp/srtp.ts';
import type { Flow } from '../transaction/layer.ts';
import type { Leg } from './leg.ts';
import type { DialogRoute, OfferOutcome, Reference, StoredSession } from './session.ts';

/** What a session does by its dialog. */
export abstract class LegSession<Path extends Flow> {
  /** Undefined while the session has no dialog, or has several of which none has answered. */
  protected abstract get leg(): Leg<Path> | undefined;

  offer(sdp: string | undefined, withdrawn?: AbortSignal): Promise<OfferOutcome> {
    return this.leg?.offer(sdp, withdrawn) ?? Promise.resolve({ status: 487 });
  }

  acknowledge(sdp: string): void {
    this.leg?.acknowledge(sdp);
  }

  info(contentType: string, body: Buffer): Promise<number> {
    return this.leg?.info(contentType, body) ?? Promise.resolve(487);
  }

  refer(reference: Reference, onProgress: (status: number) => void): Promise<number> {
    return this.leg?.refer(reference, onProgress) ?? Promise.resolve(487);
  }

  get route(): DialogRoute | undefined {
    return this.leg?.route;
  }

  /** What another task has described has no keys any more. */
  get described(): string | undefined {
    const sdp = this.leg?.exchange.sent;
    return sdp === undefined || lacksKeys(sdp) ? undefined : sdp;
  }

  stored(): StoredSession | undefined {
    return this.leg?.stored();
  }

  get isIdle(): boolean {
    return this.leg?.isIdle ?? false;
  }

  get isOffered(): boolean {
    return this.leg?.renegotiation.isOffered ?? false;
  }

  get gone(): Promise<unknown> {
    return this.leg?.gone ?? Promise.resolve();
  }

  handOver(): void {
    this.leg?.handOver();
  }

  refreshTarget(attempts?: number): void {
    this.leg?.refreshTarget(attempts);
  }
}
