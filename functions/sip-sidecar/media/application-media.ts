import type { Sound } from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import type { taskPoster } from '#sidecar/post.ts';
import { DigitFeed, type CallAtRelay, type DigitPosition, type HeardDigit } from './digit-feed.ts';
import { NgFailure } from './ng-client.ts';
import type { NgCommand } from './ng-message.ts';
import { digitPath, ReadySound, soundPath, type DigitRequest, type SoundRequest } from './relay-control.ts';
import type { Relays } from './relays.ts';

/** Why a sound does not play: there is none, its bytes are not what they were, or the relay does not play it. */
export type SoundFailureReason = 'missing' | 'damaged' | 'unavailable';

/** A sound does not play. The call goes on. */
class SoundFailure extends Error {
  readonly reason: SoundFailureReason;

  constructor(reason: SoundFailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A party of a call at a relay. `tag`: its tag there. */
export type PartyAtRelay = CallAtRelay & { readonly tag: string };

/** What an application of the platform, as a party of a call, asks the relay of the call. */
export type ApplicationMedia = {
  /** Has the relay fetch a sound, so that it plays without delay. @throws SoundFailure */
  readonly prepare: (relay: string, sound: Sound) => Promise<ReadySound>;
  /**
   * Plays a sound to a party, instead of what plays now. Nothing tells the end but a timer.
   * @param times how often in a row @returns milliseconds that it plays @throws SoundFailure
   */
  readonly play: (party: PartyAtRelay, sound: Sound, times?: number) => Promise<number>;
  /** Stops what plays. @throws NgFailure if the relay does not answer */
  readonly stop: (party: PartyAtRelay) => Promise<void>;
  /** Hears the digits of a call from now on, or after a position. @returns ends it */
  readonly onDigit: (at: CallAtRelay, listener: (digit: HeardDigit) => void, after?: DigitPosition) => () => void;
  /** Where the digits of a relay are now: what is stored with a call that may move. */
  readonly digitPosition: (relay: string) => DigitPosition | undefined;
};

/** Time for a relay to fetch a sound, in milliseconds. */
const soundTimeout = 12 * second;

const failures: Readonly<Record<number, SoundFailureReason>> = { 404: 'missing', 422: 'damaged' };

/** The dependencies of the media of applications. */
export type ApplicationMediaDependencies = {
  readonly relays: Pick<Relays, 'ask' | 'controlOf' | 'controlled'>;
  readonly post: ReturnType<typeof taskPoster>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
};

/** The media of applications at relays. Call `refresh` each second. */
export class RelayedApplicationMedia implements ApplicationMedia {
  readonly #dependencies: ApplicationMediaDependencies;
  readonly #feed: DigitFeed;

  constructor(dependencies: ApplicationMediaDependencies) {
    this.#dependencies = dependencies;
    const { now, fault } = dependencies;
    this.#feed = new DigitFeed({ now, fault, open: (...request) => this.#openDigits(...request) });
  }

  readonly prepare: ApplicationMedia['prepare'] = async (relay, { organization, sha256, spoken, message, from }) => {
    const body: SoundRequest = { kind: 'sound', organization, sha256, spoken, message, from };
    const response = await this.#post(relay, { path: soundPath, body, timeout: soundTimeout }).catch(
      (cause: unknown) => {
        throw new SoundFailure('unavailable', `the media relay ${relay} has no sounds`, { cause });
      },
    );
    if (response.ok) return ReadySound.parse(await response.json());
    await response.body?.cancel();
    throw new SoundFailure(failures[response.status] ?? 'unavailable', `the media relay answers ${response.status}`);
  };

  readonly play: ApplicationMedia['play'] = async (party, sound, times = 1) => {
    // What is prepared is forgotten if others need its place before it plays.
    const milliseconds = (await this.#playOnce(party, sound, times)) ?? (await this.#playOnce(party, sound, times));
    if (milliseconds === undefined) throw new SoundFailure('unavailable', 'the media relay does not play the sound');
    return milliseconds;
  };

  readonly stop: ApplicationMedia['stop'] = async ({ relay, call, tag }) => {
    await this.#dependencies.relays.ask(relay, { command: 'stop media', 'call-id': call, 'from-tag': tag });
  };

  readonly onDigit: ApplicationMedia['onDigit'] = (at, listener, after) => this.#feed.listen(at, listener, after);

  readonly digitPosition: ApplicationMedia['digitPosition'] = (relay) => this.#feed.position(relay);

  /** Follows the digits of the relays that answer. */
  refresh(): void {
    this.#feed.follow(this.#dependencies.relays.controlled);
  }

  close(): void {
    this.#feed.close();
  }

  /** @returns milliseconds; undefined: the relay rejects it */
  async #playOnce({ relay, call, tag }: PartyAtRelay, sound: Sound, times: number): Promise<number | undefined> {
    const { path: file, milliseconds } = await this.prepare(relay, sound);
    const repeated = times > 1 ? { 'repeat-times': times } : {};
    const command: NgCommand = { command: 'play media', 'call-id': call, 'from-tag': tag, file, ...repeated };
    const { result } = await this.#dependencies.relays.ask(relay, command).catch((cause: unknown) => {
      if (!(cause instanceof NgFailure)) throw cause;
      throw new SoundFailure('unavailable', 'the media relay does not answer', { cause });
    });
    return result === 'ok' ? milliseconds * times : undefined;
  }

  async #openDigits(relay: string, body: DigitRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#post(relay, { path: digitPath, body, signal });
    if (!response.ok || response.body === null)
      throw new Error(`the media relay ${relay} answers the request for digits with ${response.status}`);
    return response.body;
  }

  #post(relay: string, request: Parameters<ApplicationMediaDependencies['post']>[1]): Promise<Response> {
    const address = this.#dependencies.relays.controlOf(relay);
    if (address === undefined) return Promise.reject(new Error(`the media relay ${relay} has no control interface`));
    return this.#dependencies.post({ id: relay, address }, request);
  }
}

/** Without relays. */
export const noApplicationMedia: ApplicationMedia = {
  prepare: () => Promise.reject(new SoundFailure('unavailable', 'there is no media relay')),
  play: () => Promise.reject(new SoundFailure('unavailable', 'there is no media relay')),
  stop: async () => undefined,
  onDigit: () => () => undefined,
  digitPosition: () => undefined,
};
