import type { Sound } from '#schema/sound.ts';
import { directionsOf, type Direction } from '#sip/sdp/sdp.ts';
import { isNowhere, type Exchange } from './exchange.ts';

/** Music for a party whose call the other party, or a command, holds (RFC 5359 §2.3). */

/** File in the folder of the relay with the piece of the platform (`functions/media-relay`). */
export const musicFile = 'music.wav';

/** How often it is played at most: for days. */
export const musicRepeats = 10_000;

/** The file of the organization; undefined: it has none that is there, so the piece of the platform is played. */
export type MusicOnHold = () => Promise<Sound | undefined>;

const says = (sdp: string, one: Direction): boolean =>
  directionsOf(sdp).some((direction) => direction === 'sendrecv' || direction === one);

/** Whether a party wants to hear the other one. */
const isListening = (sdp: string): boolean => says(sdp, 'recvonly') && !isNowhere(sdp);

/** Whether a party neither sends nor wants to hear. */
export const isSilent = (sdp: string | undefined): boolean =>
  sdp !== undefined && directionsOf(sdp).length > 0 && !says(sdp, 'recvonly') && !says(sdp, 'sendonly');

type Heard = { readonly by: string; readonly holder: string };

/** The dependencies of music on hold: legs by their names. */
export type HoldMusicDependencies = {
  /** @returns whether it plays */
  readonly play: (leg: string) => Promise<boolean>;
  readonly stop: (leg: string) => Promise<void>;
  /** What a leg sends is not heard. */
  readonly block: (leg: string, isBlocked: boolean) => Promise<void>;
  readonly fault: (error: unknown) => void;
};

/** Who holds a call, and who hears music because of that: one party at most, as both may hold. */
export class HoldMusic {
  readonly #dependencies: HoldMusicDependencies;
  /** Legs that do not want to hear. */
  readonly #holders = new Set<string>();
  /** Legs that a command holds. */
  readonly #held = new Set<string>();
  #pair: readonly [string, string] | undefined;
  /** Who hears it, as far as the relay was asked. */
  #heard: Heard | undefined;
  #isClosed = false;
  /** Changes are carried out one after the other: the last one counts. */
  #last: Promise<void> = Promise.resolve();

  constructor(dependencies: HoldMusicDependencies) {
    this.#dependencies = dependencies;
  }

  /** A call of another task, whose party hears music: that of the phone that holds it, or of a command. */
  resume(by: string, holder: string): void {
    this.#heard = { by, holder };
    this.#pair = [by, holder];
    if (!this.#holders.has(holder)) this.#held.add(by);
  }

  /** The parties have agreed. @param isWithApplication whether one of them is none that holds */
  onExchange({ offer, answer }: Exchange, isWithApplication: boolean): void {
    const { from, to } = offer;
    if (!this.#isSame(from, to)) this.#held.clear();
    // An application holds by a command only: what its party offers again, as to refresh its session, changes nothing.
    if (!isWithApplication) this.#pair = [from, to];
    else if (this.#held.size === 0) this.#pair = undefined;
    this.#note(from, isListening(offer.sdp));
    // A party that holds a call resumes it by its own offer: many phones answer the hold of the other one as if they
    // did not hold. To an offer that sends nothing, an answer does not say whether its party would listen.
    const isAsked = says(offer.sdp, 'sendonly') || isSilent(offer.sdp);
    if (directionsOf(answer.sdp).includes('sendrecv')) this.#note(to, true);
    else if (isAsked && !says(answer.sdp, 'recvonly')) this.#note(to, false);
    this.#update();
  }

  /** Whether a leg does not want to hear. */
  isHolder(leg: string): boolean {
    return this.#holders.has(leg);
  }

  /** Whether music is, or will be, played to a leg. */
  isHeardBy(leg: string): boolean {
    return this.#wanted?.by === leg;
  }

  setHeld(leg: string, partner: string, isHeld: boolean): void {
    this.#pair = [leg, partner];
    if (isHeld) this.#held.add(leg);
    else this.#held.delete(leg);
    this.#update();
  }

  /** As it is stored for another task. */
  stored(source: string, destination: string): { readonly music?: 'source' | 'destination' } {
    const by = this.#wanted?.by;
    if (by === source) return { music: 'source' };
    return by === destination ? { music: 'destination' } : {};
  }

  /** The call is over; the relay forgets it. */
  close(): void {
    this.#isClosed = true;
  }

  #isSame(one: string, other: string): boolean {
    return this.#pair?.includes(one) === true && this.#pair.includes(other);
  }

  #note(leg: string, listens: boolean): void {
    if (listens) this.#holders.delete(leg);
    else this.#holders.add(leg);
  }

  get #wanted(): Heard | undefined {
    if (this.#pair === undefined) return undefined;
    const [one, other] = this.#pair;
    const holds = (leg: string, partner: string): boolean => this.#holders.has(leg) || this.#held.has(partner);
    const [first, second] = [holds(one, other), holds(other, one)];
    if (first === second) return undefined;
    return first ? { by: other, holder: one } : { by: one, holder: other };
  }

  #update(): void {
    this.#last = this.#last.then(() => this.#change()).catch(this.#dependencies.fault);
  }

  async #change(): Promise<void> {
    const [wanted, heard] = [this.#wanted, this.#heard];
    if (this.#isClosed || (wanted?.by === heard?.by && wanted?.holder === heard?.holder)) return;
    const { play, stop, block } = this.#dependencies;
    this.#heard = undefined;
    if (heard !== undefined) {
      await stop(heard.by);
      await block(heard.holder, false);
    }
    if (wanted === undefined || !(await play(wanted.by))) return;
    this.#heard = wanted;
    await block(wanted.holder, true);
  }
}
