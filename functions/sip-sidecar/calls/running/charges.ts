import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { endsByCdr, renewSides, type LimitedSide } from '../call/limits.ts';
import type { CallWriter } from '../records/writer.ts';
import type { Uses } from './context.ts';

type ChargesContext = Uses<{ decider: 'renew' | 'release'; cdrs: true }>;

type Parts = {
  readonly organization: OrganizationItem;
  readonly writer: Pick<CallWriter, 'call' | 'settled' | 'isLost'>;
  readonly fault: (error: unknown) => void;
};

/** What one call has reserved, and the CDRs of parties that leave while it goes on. */
export class CallCharges {
  readonly #context: ChargesContext;
  readonly #parts: Parts;

  constructor(context: ChargesContext, parts: Parts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** @returns the seconds that the call may last now; null: no more than before */
  renew(sides: readonly LimitedSide[]): Promise<number | null> {
    const { organization } = this.#parts;
    return renewSides(sides, (reservation) => this.#context.decider.renew(organization, reservation));
  }

  /**
   * A party has left: its CDR is sent at once, and again with those of the end; its reservation ends.
   * @param limited what limited its side
   */
  onLeft(limited: readonly LimitedSide[]): void {
    this.#charge(limited).catch(this.#parts.fault);
  }

  async #charge(limited: readonly LimitedSide[]): Promise<void> {
    const { writer } = this.#parts;
    await writer.settled();
    if (writer.isLost) return;
    await this.#context.cdrs.send(writer.call);
    await this.releaseSides(limited);
  }

  /** Ends the reservation of a forward that is not made, or has failed. One that was answered ends by its CDR. */
  release(reservation: string): void {
    const { organization, writer, fault } = this.#parts;
    if (!endsByCdr(reservation, writer.call)) this.#context.decider.release(organization, reservation).catch(fault);
  }

  /** Ends the reservations that no CDR ends. */
  async releaseSides(sides: readonly LimitedSide[]): Promise<void> {
    const { organization, writer } = this.#parts;
    const others = sides.filter(({ reservation, limit }) => limit.isReserved && !endsByCdr(reservation, writer.call));
    await Promise.all(others.map(({ reservation }) => this.#context.decider.release(organization, reservation)));
  }
}
