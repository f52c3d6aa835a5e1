import { join } from 'node:path';
import { beepFile } from '../../media-relay/recordings/notice-sound.ts';
import type { NgCommand, NgReply } from './ng-message.ts';

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

/** Notifies the parties of a call, each once, that it is recorded: those of its begin, and those that join it later. */
export class RecordingNotice {
  readonly #dependencies: NoticeDependencies;
  readonly #notified: Set<string>;
  #hasFailed = false;

  /** @param notified tags of the parties that know it */
  constructor(dependencies: NoticeDependencies, notified: readonly string[] = []) {
    this.#dependencies = dependencies;
    this.#notified = new Set(notified);
  }

  /** A party that hears nothing now, such as one that is held, is notified after its next exchange. */
  async notify(tags: readonly string[]): Promise<void> {
    for (const tag of tags) if (!this.#notified.has(tag) && (await this.#isNotified(tag))) this.#notified.add(tag);
  }

  async #isNotified(tag: string): Promise<boolean> {
    try {
      return await this.#plays(tag);
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** A relay of an older version has the beep only. */
  async #plays(tag: string): Promise<boolean> {
    const { call, folder, file, ask } = this.#dependencies;
    for (const each of new Set([file, beepFile])) {
      const play = { command: 'play media', 'call-id': call, 'from-tag': tag, file: join(folder, each) } as const;
      const { result } = await ask(play);
      if (result === 'ok') return true;
    }
    this.#report(new Error('the media relay does not play the notice of a recording'));
    return false;
  }

  /** Once for a call. */
  #report(error: unknown): void {
    if (!this.#hasFailed) this.#dependencies.fault(error);
    this.#hasFailed = true;
  }
}
