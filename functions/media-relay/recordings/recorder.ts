import { createReadStream } from 'node:fs';
import { open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileObject } from '#dynamodb/rows/file.ts';
import type { Objects } from '#objects/objects.ts';
import { audioObject } from '#schema/voicemail.ts';
import { MalformedCapture } from './capture.ts';
import { framesOf, type CaptureSummary } from './recording.ts';
import { frameBytes, sampleBytes, wavHeader, wavHeaderLength } from './wav.ts';

/** What rtpengine says of a finished capture, by the name that the sidecar gave it. */
type FinishedCapture = {
  /** Name of the file in the folder `pcaps`. */
  readonly file: string;
  readonly organization: number;
  /** What the recording becomes: a file with both parties; of what the caller says, a message or a greeting. */
  readonly kind: 'file' | 'voicemail' | 'greeting';
  /** Its id. */
  readonly recording: string;
  /** Ports of the relay that hear the caller; all others hear the callee. */
  readonly callerPorts: ReadonlySet<number>;
  /** Payload types of Opus, by the port of the relay to which they come. */
  readonly opus: ReadonlyMap<number, number>;
};

/** What the sidecar writes into the metadata of a capture (`captureLabel`). */
const ulid = '[0-9A-HJKMNP-TV-Z]{26}';
const recorded = `(?:(file|greeting)=(file_${ulid})|(voicemail)=(vm_${ulid}))`;
const ports = 'caller=([0-9,]{0,64})(?: opus=([0-9:,]{1,256}))?';
const label = new RegExp(`^trunkline org=([1-9][0-9]{3,11}) ${recorded} ${ports}$`, 'm');
const captureFile = /^[A-Za-z0-9._-]{1,200}\.pcap$/;

/**
 * The capture that a metadata file names: its first line is the path of the capture, a further one is what the sidecar
 * wrote. Undefined: it is not one of the platform.
 */
export function readMetadata(text: string): FinishedCapture | undefined {
  const [path = ''] = text.split('\n');
  const file = path.slice(path.lastIndexOf('/') + 1);
  const [, organization, kindOfFile, recordedFile, ofMessage, message, callers = '', formats = ''] =
    label.exec(text) ?? [];
  const recording = recordedFile ?? message;
  if (recording === undefined || !captureFile.test(file)) return undefined;
  const callerPorts = new Set(callers.split(',').filter(Boolean).map(Number));
  const opus = new Map(formats.split(',').filter(Boolean).map(portAndFormat));
  const kind = (kindOfFile ?? ofMessage) as FinishedCapture['kind'];
  return { file, organization: Number(organization), kind, recording, callerPorts, opus };
}

/** @param text `30000:96` */
function portAndFormat(text: string): readonly [port: number, format: number] {
  const [port, format] = text.split(':').map(Number);
  return [port ?? 0, format ?? 0];
}

/** The dependencies of the recorder. */
export type RecorderDependencies = {
  /** Folder in which rtpengine stores captures (`--recording-dir`). */
  readonly folder: string;
  readonly objects: Pick<Objects<'files' | 'voicemail'>, 'begin' | 'part' | 'finish' | 'abandon'>;
  readonly fault: (error: unknown) => void;
};

/** Bytes of a part of an upload. S3 demands 5 MiB. */
const partSize = 8 * 1024 * 1024;

/**
 * Turns finished captures into WAV files of the bucket, one after the other. A capture is deleted when its recording is
 * stored: after a crash, or a failure, it is read again.
 */
export class Recorder {
  readonly #dependencies: RecorderDependencies;
  #running: Promise<void> = Promise.resolve();

  constructor(dependencies: RecorderDependencies) {
    this.#dependencies = dependencies;
  }

  /** Stores what has finished. Call it periodically. */
  run(): Promise<void> {
    this.#running = this.#running.then(() => this.#storeFinished());
    return this.#running;
  }

  async #storeFinished(): Promise<void> {
    const { folder, fault } = this.#dependencies;
    // There is no folder before the first recording.
    const names = await filesIn(join(folder, 'metadata'));
    for (const name of names) await this.#take(name).catch((error: unknown) => fault(failureOf(name, error)));
  }

  async #take(name: string): Promise<void> {
    const { folder } = this.#dependencies;
    const metadata = join(folder, 'metadata', name);
    const capture = readMetadata(await readFile(metadata, 'utf8'));
    if (capture !== undefined) {
      await this.#store(capture);
      await rm(join(folder, 'pcaps', capture.file), { force: true });
    }
    await rm(metadata, { force: true });
  }

  /** Stores the sound of a capture. One without any is stored, too: its file is rejected then. */
  async #store(capture: FinishedCapture): Promise<void> {
    const path = join(this.#dependencies.folder, 'pcaps', capture.file);
    const wav = `${path}.wav`;
    try {
      await this.#writeSound(wav, path, capture);
      await this.#upload(capture, wav);
    } finally {
      await rm(wav, { force: true });
    }
  }

  async #writeSound(wav: string, path: string, capture: FinishedCapture): Promise<void> {
    const { fault } = this.#dependencies;
    const { recording, kind } = capture;
    try {
      const { packets, others } = await writeWav(wav, path, capture);
      // A caller who leaves no message may say nothing.
      if (packets === 0 && kind === 'file')
        fault(new Error(`${recording} has no PCMU, PCMA or Opus, but ${others} packets of other codecs`));
    } catch (error) {
      if (!(error instanceof MalformedCapture)) throw error;
      // It will be no better the next time.
      fault(failureOf(recording, error));
      await writeFile(wav, wavHeader(0, channelsOf(kind)));
    }
  }

  async #upload({ organization, kind, recording }: FinishedCapture, path: string): Promise<void> {
    const { objects } = this.#dependencies;
    const place = kind === 'voicemail' ? audioObject(organization, recording) : fileObject(organization, recording, 1);
    const upload = { ...place, upload: await objects.begin(place, { type: 'audio/wav', name: `${recording}.wav` }) };
    try {
      const tags: string[] = [];
      const { size } = await stat(path);
      for (let at = 0; at < size; at += partSize)
        tags.push(await objects.part(upload, tags.length + 1, await readPart(path, at, Math.min(partSize, size - at))));
      // It may add objects and replace none. One that is there is this recording, from before a crash.
      if (!(await objects.finish(upload, tags, { onlyNew: true }))) await objects.abandon(upload);
    } catch (error) {
      await objects.abandon(upload);
      throw error;
    }
  }
}

/** Both parties, or the caller alone. */
const channelsOf = (kind: FinishedCapture['kind']): 1 | 2 => (kind === 'file' ? 2 : 1);

const filesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/**
 * Deletes what rtpengine has captured of calls that it had when it was killed: it had not written yet whose they are.
 * Call it before rtpengine starts.
 */
export async function discardUnfinished(folder: string): Promise<void> {
  const names = await filesIn(join(folder, 'metadata'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'metadata', name), 'utf8')));
  const finished = new Set(texts.map((text) => readMetadata(text)?.file));
  const captures = (await filesIn(join(folder, 'pcaps'))).filter((name) => !finished.has(name));
  const unfinished = [
    ...captures.map((name) => join('pcaps', name)),
    ...(await filesIn(join(folder, 'tmp'))).map((name) => join('tmp', name)),
  ];
  for (const path of unfinished) await rm(join(folder, path), { force: true });
}

const failureOf = (name: string, cause: unknown): Error =>
  new Error(`the recording of ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

async function readPart(path: string, from: number, length: number): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer } = await file.read(new Uint8Array(length), 0, length, from);
  return buffer;
}

/** What the caller says, of frames of both parties. */
function callerOf(frames: Buffer): Buffer {
  const samples = Buffer.alloc((frames.length / frameBytes) * sampleBytes);
  for (let at = 0; at < samples.length; at += sampleBytes) samples.writeInt16LE(frames.readInt16LE(2 * at), at);
  return samples;
}

/** Writes the sound of a capture. @throws MalformedCapture */
async function writeWav(
  wav: string,
  capture: string,
  { kind, callerPorts, opus }: Pick<FinishedCapture, 'kind' | 'callerPorts' | 'opus'>,
): Promise<CaptureSummary> {
  const channels = channelsOf(kind);
  await using file = await open(wav, 'w');
  await file.write(wavHeader(0, channels));
  const frames = framesOf(createReadStream(capture), {
    channelOf: (port) => (callerPorts.has(port) ? 'left' : 'right'),
    opus,
  });
  for (let at = wavHeaderLength; ;) {
    const { done, value } = await frames.next();
    if (done === true) {
      await file.write(wavHeader(value.frames, channels), 0, wavHeaderLength, 0);
      return value;
    }
    const samples = channels === 1 ? callerOf(value) : value;
    await file.write(samples, 0, samples.length, at);
    at += samples.length;
  }
}
