import { hasG711 } from '#sip/sdp/g711.ts';
import { opusIn } from '#sip/sdp/opus.ts';
import type { HeardMedia, SentDescription, Recording } from './call-media.ts';
import type { MediaKind } from './media-kind.ts';
import type { NgCommand, NgReply } from './ng-message.ts';
import { RecordingNotice } from './recording-notice.ts';

/** The dependencies of the recording of a call. */
export type RelayedRecordingDependencies = {
  readonly call: string;
  /** Asks the relay of the call. */
  readonly ask: (command: NgCommand) => Promise<NgReply>;
  readonly fault: (error: unknown) => void;
  /** Undefined: the call is not recorded, or another task has begun it. */
  readonly recording?: Recording | undefined;
  /** Folder in which the relays capture calls, with the sounds of notices. Undefined: no relay records. */
  readonly folder?: string | undefined;
  /** What a party hears that joins a recorded call of another task. Undefined: nothing. */
  readonly notice?: string | undefined;
};

/** A party at the relay. */
type Party = { readonly tag: string; readonly kind: MediaKind };

/** An answer that has passed. */
export type PassedAnswer = {
  readonly answer: Pick<SentDescription, 'isEarly' | 'sdp'>;
  readonly sender: Party;
  readonly receiver: Party;
  readonly heard: HeardMedia;
};

/** The recording of a call at its relay. It begins with the first answer, or fails then, and notifies the parties. */
export class RelayedRecording {
  readonly #dependencies: RelayedRecordingDependencies;
  #state: 'undecided' | 'recorded' | 'not recorded' = 'undecided';
  #notice: RecordingNotice | undefined;
  #isPart = false;

  constructor(dependencies: RelayedRecordingDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether the recording has begun. */
  get isRecorded(): boolean {
    return this.#state === 'recorded';
  }

  /** Whether the call is recorded, or will be with its first answer. */
  get isWanted(): boolean {
    const { recording, folder } = this.#dependencies;
    return this.#state === 'undecided' ? folder !== undefined && recording?.isWanted() === true : this.isRecorded;
  }

  /**
   * Goes on with the call of another task. What that has not begun is not recorded.
   * @param tags of the parties, which know it
   */
  resume(isRecorded: boolean, tags: readonly string[]): void {
    this.#state = isRecorded ? 'recorded' : 'not recorded';
    if (isRecorded) this.#notice = this.#noticeWith(this.#dependencies.notice, tags);
  }

  /** Records parties that have answered, and notifies each of it. A call does not end because it is not recorded. */
  async onAnswer({ answer, sender, receiver, heard }: PassedAnswer): Promise<void> {
    if (answer.isEarly !== true) {
      await this.#begin(answer.sdp, heard);
      if (this.isRecorded) await this.#notice?.notifyBoth(sender.tag, receiver.tag);
    } else if (this.isWanted && receiver.kind === 'webrtc') {
      // A browser that has played early media does not play their source again after another one.
      this.#notice ??= this.#noticeWith(this.#dependencies.recording?.notice);
      await this.#notice?.notify(receiver.tag, sender.tag);
    }
  }

  /** The call is over. */
  close(): void {
    this.#notice?.close();
  }

  async #begin(answer: string, heard: HeardMedia): Promise<void> {
    const { recording, folder, fault } = this.#dependencies;
    if (this.#state !== 'undecided' || recording?.isWanted() !== true) return;
    this.#state = 'not recorded';
    if (folder === undefined || !(hasG711(answer) || opusIn(answer) !== undefined)) {
      recording.onFailure(folder === undefined ? 'RECORDING_UNAVAILABLE' : 'UNSUPPORTED_CODEC');
      return;
    }
    try {
      await this.#start(recording.metadata(heard));
    } catch (error) {
      fault(error);
      recording.onFailure('MEDIA_RELAY_FAILED');
      return;
    }
    this.#state = 'recorded';
    recording.onBegin();
    this.#notice ??= this.#noticeWith(recording.notice);
  }

  /**
   * Records a part of a call.
   * @param how `replaces`: in place of all of it, which ends
   * @returns false: all of it is recorded @throws an Error if it cannot be recorded
   */
  async startPart(metadata: string, { replaces } = { replaces: false }): Promise<boolean> {
    if (this.isRecorded && !replaces) return false;
    if (this.#dependencies.folder === undefined) throw new Error('no media relay records calls');
    if (this.isRecorded) await this.#stop();
    this.#state = replaces ? 'not recorded' : this.#state;
    await this.#start(metadata);
    this.#isPart = true;
    return true;
  }

  async stopPart(): Promise<void> {
    if (!this.#isPart) return;
    this.#isPart = false;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#dependencies.ask({ command: 'stop recording', 'call-id': this.#dependencies.call });
  }

  async #start(metadata: string): Promise<void> {
    const { call, ask } = this.#dependencies;
    const { result } = await ask({ command: 'start recording', 'call-id': call, metadata });
    if (result !== 'ok') throw new Error(`the media relay does not record the call: ${result}`);
  }

  #noticeWith(file: string | undefined, notified: readonly string[] = []): RecordingNotice | undefined {
    const { call, folder, ask, fault } = this.#dependencies;
    if (file === undefined || folder === undefined) return undefined;
    return new RecordingNotice({ call, folder, file, ask, fault }, notified);
  }
}
