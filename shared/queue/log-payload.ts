import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

/** What CloudWatch Logs sends to a Lambda (User Guide, "Log group-level subscription filters"). */

/** The event of a subscription filter: a gzip of JSON in base64. */
const LogsEvent = z.object({ awslogs: z.object({ data: z.base64() }) });
export type LogsEvent = z.output<typeof LogsEvent>;

const Payload = z.object({
  messageType: z.string(),
  logEvents: z.array(z.object({ timestamp: z.int().min(0).max(8.64e15), message: z.string() })),
});

/** Bytes of a payload after decompression, at most; CloudWatch Logs sends 1 MB. */
const maxBytes = 8 * 1024 * 1024;

type LogEntry = {
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly message: string;
};

export const isLogsEvent = (event: unknown): event is LogsEvent => LogsEvent.safeParse(event).success;

/** The entries of an event; none of a control message. @throws Error if it cannot be read, or is too large */
export function logEntriesIn({ awslogs: { data } }: LogsEvent): readonly LogEntry[] {
  const text = gunzipSync(Buffer.from(data, 'base64'), { maxOutputLength: maxBytes }).toString();
  const { messageType, logEvents } = Payload.parse(JSON.parse(text));
  return messageType === 'DATA_MESSAGE' ? logEvents : [];
}
