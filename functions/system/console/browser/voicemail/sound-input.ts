import { mixDown, wavOf, wavRate } from './wav.ts';

/** Sounds that a person gives to the page: by microphone, or as a file. */

/** The samples of a sound in any format that the browser plays, as a WAV file. @throws Error if it plays it not */
export async function toWav(sound: Blob): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, wavRate);
  const decoded = await context.decodeAudioData(await sound.arrayBuffer());
  const channels = Array.from({ length: decoded.numberOfChannels }, (_channel, at) => decoded.getChannelData(at));
  return new Blob([wavOf(mixDown(channels))], { type: 'audio/wav' });
}

/** A microphone that records. */
export type Recording = {
  /** Ends it. @returns what was recorded, in the browser's own format */
  readonly stop: () => Promise<Blob>;
};

/** Begins to record. @throws Error if the person or the browser gives no microphone */
export async function startRecording(): Promise<Recording> {
  // Nothing plays that would have to be taken away, and a greeting is to sound as it was said.
  const audio = { echoCancellation: false, noiseSuppression: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const ended = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve(), { once: true }));
  recorder.start();
  return {
    stop: async () => {
      if (recorder.state !== 'inactive') recorder.stop();
      await ended;
      for (const track of stream.getTracks()) track.stop();
      return new Blob(parts, { type: recorder.mimeType });
    },
  };
}
