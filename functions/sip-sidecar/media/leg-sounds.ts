import { join } from 'node:path';
import type { ApplicationMedia, PartyAtRelay } from './application-media.ts';
import { ComfortSilence, silenceFile, silenceRepeats } from './comfort-silence.ts';
import type { Exchange } from './exchange.ts';
import { HoldMusic, musicFile, musicRepeats, type MusicOnHold } from './hold-music.ts';
import type { AskedOfParty, NgReply } from './ng-message.ts';
import { platformFile, type PlayedSound } from './platform-sounds.ts';
import { longestRinging, ringingFile } from './ringing.ts';

/** The dependencies of the sounds of a call: legs by their names. */
export type LegSoundsDependencies = {
  readonly applications: Pick<ApplicationMedia, 'play' | 'stop'>;
  readonly partyAt: (leg: string) => PartyAtRelay;
  readonly askAbout: (leg: string, asked: AskedOfParty) => Promise<NgReply>;
  /** In the order of the commands of the call, while it is up. */
  readonly inOrder: (work: () => Promise<void>) => Promise<void>;
  /** Folder at the relays with the sounds of the platform. Undefined: they have none. */
  readonly folder: string | undefined;
  /** What a party hears that is held; undefined: nothing. */
  readonly music: MusicOnHold | undefined;
  readonly fault: (error: unknown) => void;
};

/**
 * What the relay plays to the legs of a call: sounds of applications, ringing tones, music on hold, and silence where
 * there is nothing else. It plays one of them at a time to a leg. Call its methods in the order of the commands of the
 * call.
 */
export class LegSounds {
  readonly #dependencies: LegSoundsDependencies;
  readonly music: HoldMusic;
  readonly #silence: ComfortSilence;
  #isClosed = false;

  constructor(dependencies: LegSoundsDependencies) {
    this.#dependencies = dependencies;
    const { askAbout, inOrder, fault } = dependencies;
    const stop = async (leg: string): Promise<void> => void (await askAbout(leg, { command: 'stop media' }));
    this.#silence = new ComfortSilence({
      inOrder,
      play: (leg) => this.#playOwn(leg, silenceFile, silenceRepeats),
      stop,
      fault,
    });
    this.music = new HoldMusic({
      play: (leg) => this.#playMusic(leg),
      stop: async (leg) => {
        await stop(leg);
        this.#silence.onEnd(leg, 0);
      },
      block: async (leg, isBlocked) => {
        await askAbout(leg, { command: isBlocked ? 'block media' : 'unblock media' });
      },
      fault,
    });
  }

  get hasMusic(): boolean {
    return this.#dependencies.music !== undefined && this.#dependencies.folder !== undefined;
  }

  /** Another task has played until now to legs that have agreed so. */
  resume(exchange: Exchange): void {
    this.#silence.resume(exchange);
  }

  /** Legs have agreed, and what follows depends on who their partners are. */
  async onAnswer(exchange: Exchange): Promise<void> {
    if (exchange.answer.isEarly !== true) await this.#silence.onExchange(exchange);
  }

  /** @param times how often in a row; once by default @returns its milliseconds @throws an Error if it does not play */
  async play(leg: string, sound: PlayedSound, times?: number): Promise<number> {
    this.#silence.onBegin(leg);
    let milliseconds = 0;
    try {
      milliseconds = await this.#playSound(leg, sound, times);
    } finally {
      this.#silence.onEnd(leg, milliseconds);
    }
    return milliseconds;
  }

  ring(leg: string): Promise<void> {
    this.#silence.onBegin(leg);
    return this.#playOwn(leg, ringingFile, longestRinging);
  }

  async ringAlone(leg: string): Promise<void> {
    if (!this.hasMusic || !this.music.isHeardBy(leg)) await this.ring(leg);
  }

  async stop(leg: string): Promise<void> {
    const { applications, partyAt } = this.#dependencies;
    await applications.stop(partyAt(leg));
    this.#silence.onEnd(leg, 0);
  }

  /** Another task goes on with the call. */
  leave(): void {
    this.#silence.close();
  }

  /** The call is over; the relay forgets it. */
  close(): void {
    this.#isClosed = true;
    this.music.close();
    this.#silence.close();
  }

  async #playSound(leg: string, sound: PlayedSound, times: number | undefined): Promise<number> {
    const { applications, partyAt } = this.#dependencies;
    if (!('platform' in sound)) return applications.play(partyAt(leg), sound, times);
    const { file, milliseconds } = platformFile(sound);
    await this.#playOwn(leg, file, 1);
    return milliseconds;
  }

  /** Until it is stopped: the file of the organization, or where it has none that plays, the piece of the platform. */
  async #playMusic(leg: string): Promise<boolean> {
    const { music, applications, partyAt } = this.#dependencies;
    if (music === undefined || !this.hasMusic || this.#isClosed) return false;
    this.#silence.onBegin(leg);
    const sound = await music().catch(() => undefined);
    const isPlaying =
      sound !== undefined &&
      (await applications.play(partyAt(leg), sound, musicRepeats).then(
        () => true,
        () => false,
      ));
    if (!isPlaying) await this.#playOwn(leg, musicFile, musicRepeats);
    return true;
  }

  /** A relay of an older version has no such sound: then there is silence without packets. */
  async #playOwn(leg: string, file: string, times: number): Promise<void> {
    const { folder, askAbout } = this.#dependencies;
    if (folder === undefined) return;
    const repeated = times > 1 ? { 'repeat-times': times } : {};
    await askAbout(leg, { command: 'play media', file: join(folder, file), ...repeated });
  }
}
