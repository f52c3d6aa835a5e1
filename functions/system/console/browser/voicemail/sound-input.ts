/** Sounds that a person gives to the page: by microphone, or as a file. */

/** WAV files (PCM, 16 bits, mono): what the API takes as a greeting, whatever the browser has recorded. */

/** Samples a second: twice as many as calls have. */
const wavRate = 16_000;

const headerSize = 44;
const sampleSize = 2;

/** The mean of all channels. */
export function mixDown(channels: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const mixed = new Float32Array(channels[0]?.length ?? 0);
  for (const channel of channels)
    for (const [at, sample] of channel.entries()) mixed[at] = (mixed[at] ?? 0) + sample / channels.length;
  return mixed;
}

/** @param samples -1 to 1, and what is louder */
export function wavOf(samples: Float32Array, rate = wavRate): ArrayBuffer {
  const size = samples.length * sampleSize;
  const bytes = new ArrayBuffer(headerSize + size);
  const view = new DataView(bytes);
  const write = (at: number, text: string): void => {
    for (const [index, letter] of Array.from(text).entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  write(0, 'RIFF');
  view.setUint32(4, headerSize - 8 + size, true);
  write(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * sampleSize, true);
  view.setUint16(32, sampleSize, true);
  view.setUint16(34, 8 * sampleSize, true);
  write(36, 'data');
  view.setUint32(40, size, true);
  for (const [at, sample] of samples.entries())
    view.setInt16(headerSize + at * sampleSize, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
  return bytes;
}

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
