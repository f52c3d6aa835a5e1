import { join } from 'node:path';
import {
  announcementLanguage,
  noticeOf,
  type AnnouncementLanguage,
  type NoticeFacts,
} from '#schema/recording-notice.ts';
import { second } from '#schema/time.ts';
import type { NgCommand, NgReply } from './ng-message.ts';

/** Files in the folder of the relay with its sounds (`functions/media-relay`). */
export const beepFile = 'beep.wav';
export const announcementFile = (language: AnnouncementLanguage): string => `announcement-${language}.wav`;

/** The file that the parties of a recorded call of an organization hear; undefined: none. */
export function noticeFile(organization: NoticeFacts): string | undefined {
  switch (noticeOf(organization)) {
    case 'none':
      return undefined;
    case 'beep':
      return beepFile;
    case 'announcement':
      return announcementFile(announcementLanguage(organization.country));
  }
}

/** The dependencies of the notice of a recording. */
export type NoticeDependencies = {
  readonly call: string;
  /** Folder at the relay with the sounds. */
  readonly folder: string;
  readonly file: string;
  /** Asks the relay of the call. */
  readonly ask: (command: NgCommand) => Promise<NgReply>;
  readonly fault: (error: unknown) => void;
};

/** Milliseconds of a notice at most, and after its end until the other party is heard. */
const times = { longest: 6 * second, after: 200 } as const;

/**
 * Notifies the parties of a call, each once, that it is recorded: those of its begin, and those that join it later. The
 * relay does not mix: while a party hears the notice, it does not hear the other one, as most phones play one source at
 * a time.
 */
export class RecordingNotice {
  readonly #dependencies: NoticeDependencies;
  readonly #notified: Set<string>;
  /** By tag of a party that is not heard: what ends that. */
  readonly #blocked = new Map<string, NodeJS.Timeout>();
  #hasFailed = false;

  /** @param notified tags of the parties that know it */
  constructor(dependencies: NoticeDependencies, notified: readonly string[] = []) {
    this.#dependencies = dependencies;
    this.#notified = new Set(notified);
    // The task that had the call may not have ended their silence.
    for (const tag of notified) this.#unblockAfter(tag, times.longest);
  }

  async notifyBoth(one: string, other: string): Promise<void> {
    await this.notify(one, other);
    await this.notify(other, one);
  }

  /**
   * A party that hears nothing now, such as one that is held, is notified after its next exchange.
   * @param tag of the party @param partner of the party that it hears otherwise
   */
  async notify(tag: string, partner: string): Promise<void> {
    if (this.#notified.has(tag)) return;
    const milliseconds = await this.#tell(tag, partner).catch((error: unknown) => {
      this.#report(error);
      return undefined;
    });
    if (milliseconds !== undefined) this.#notified.add(tag);
    this.#unblockAfter(partner, milliseconds === undefined ? 0 : milliseconds + times.after);
  }

  /** The call is over. */
  close(): void {
    for (const timer of this.#blocked.values()) clearTimeout(timer);
    this.#blocked.clear();
  }

  async #tell(tag: string, partner: string): Promise<number | undefined> {
    await this.#asks({ command: 'block media', 'from-tag': partner });
    return this.#play(tag);
  }

  /** Undefined: it is not played. A relay of an older version has the beep only. @returns its milliseconds */
  async #play(tag: string): Promise<number | undefined> {
    const { folder, file } = this.#dependencies;
    for (const each of new Set([file, beepFile])) {
      const played = await this.#asks({ command: 'play media', 'from-tag': tag, file: join(folder, each) });
      if (played.result === 'ok') return Math.min(played.duration ?? times.longest, times.longest);
    }
    this.#report(new Error('the media relay does not play the notice of a recording'));
    return undefined;
  }

  /** A later end replaces an earlier one, as another party may hear the notice at the same time. */
  #unblockAfter(tag: string, milliseconds: number): void {
    const unblock = (): void => {
      this.#blocked.delete(tag);
      this.#asks({ command: 'unblock media', 'from-tag': tag }).catch(this.#dependencies.fault);
    };
    clearTimeout(this.#blocked.get(tag));
    this.#blocked.set(tag, setTimeout(unblock, milliseconds));
  }

  #asks(
    command:
      | { readonly command: 'block media' | 'unblock media'; readonly 'from-tag': string }
      | { readonly command: 'play media'; readonly 'from-tag': string; readonly file: string },
  ): Promise<NgReply> {
    return this.#dependencies.ask({ ...command, 'call-id': this.#dependencies.call });
  }

  /** Once for a call. */
  #report(error: unknown): void {
    if (!this.#hasFailed) this.#dependencies.fault(error);
    this.#hasFailed = true;
  }
}
