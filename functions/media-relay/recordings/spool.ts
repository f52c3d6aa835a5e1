/** What rtpengine says of a finished capture, by the name that the sidecar gave it. */
export type FinishedCapture = {
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
