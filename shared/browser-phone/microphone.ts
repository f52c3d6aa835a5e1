/** The microphone of a call, which may be taken away while people talk, as a headset is. */

/** The track of a microphone. */
type Track = Pick<MediaStreamTrack, 'enabled' | 'readyState' | 'label' | 'stop'> & {
  readonly addEventListener: (type: 'ended', listener: () => void) => void;
};
type Sender<T extends Track> = { readonly track: T | null; readonly replaceTrack: (track: T) => Promise<void> };

/** Where a page gets a microphone. */
type Microphones<T extends Track> = {
  /** The microphone that the browser takes by default. Rejects if there is none, or the page may not use it. */
  readonly open: () => Promise<T>;
  /** Calls a function when devices come or go. @returns ends it */
  readonly onChange: (listener: () => void) => () => void;
};

/** Called with the name of the microphone that a call has now; null: it has none, and the other side hears nothing. */
type Report = (name: string | null) => void;

/** The microphone of one call. */
class Microphone<T extends Track> {
  readonly #sender: Sender<T>;
  readonly #open: () => Promise<T>;
  readonly #report: Report;
  #isOver = false;
  #isOpening = false;
  #isLost = false;
  /** The last one that was taken here. */
  #own: T | undefined;

  constructor(sender: Sender<T>, open: () => Promise<T>, report: Report) {
    this.#sender = sender;
    this.#open = open;
    this.#report = report;
  }

  watch(track: T): void {
    track.addEventListener('ended', () => void this.replace());
  }

  /** Takes another microphone in the place of one that is gone. */
  async replace(): Promise<void> {
    const { track: before } = this.#sender;
    if (this.#isOver || this.#isOpening || before?.readyState !== 'ended') return;
    this.#isOpening = true;
    const next = await this.#open().catch(() => undefined);
    this.#isOpening = false;
    if (next === undefined) this.#lose();
    else await this.#take(next, before);
  }

  /** Gives back what was taken. */
  end(): void {
    this.#isOver = true;
    this.#own?.stop();
  }

  #lose(): void {
    if (!this.#isLost && !this.#isOver) this.#report(null);
    this.#isLost = true;
  }

  async #take(next: T, before: T): Promise<void> {
    this.#own = next;
    if (this.#isOver) {
      next.stop();
      return;
    }
    // Who is muted stays so.
    next.enabled = before.enabled;
    this.watch(next);
    await this.#sender.replaceTrack(next);
    this.#isLost = false;
    this.#report(next.label);
  }
}

/**
 * Keeps a microphone at a call: when its track ends, the default one takes its place, or the next one that comes.
 * @param sender of the audio of an established call
 * @returns ends it, and gives back the microphones that it has taken
 */
export function keepMicrophone<T extends Track>(
  sender: Sender<T>,
  { open, onChange }: Microphones<T>,
  report: Report,
): () => void {
  const microphone = new Microphone(sender, open, report);
  if (sender.track !== null) microphone.watch(sender.track);
  const endChanges = onChange(() => void microphone.replace());
  // It may have ended while the call rang.
  void microphone.replace();
  return () => {
    endChanges();
    microphone.end();
  };
}

/** Those of the browser. */
export const microphonesOfPage: Microphones<MediaStreamTrack> = {
  open: async () => {
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
    if (track === undefined) throw new Error('there is no microphone');
    return track;
  },
  onChange: (listener) => {
    navigator.mediaDevices.addEventListener('devicechange', listener);
    return () => navigator.mediaDevices.removeEventListener('devicechange', listener);
  },
};
