import { fileRow } from '../../../shared/dynamodb/rows/file.ts';
import { scheduleDue } from '../../../shared/dynamodb/rows/due.ts';
import { overwrite } from '../../../shared/dynamodb/write.ts';
import type { Call } from '../../../shared/schema/call.ts';
import { newRecordingFile, recordingOf, recordingRetention, uploadTimeout } from '../../../shared/schema/file.ts';

/** The recording of a call: a file that waits for its sound, which the recorder of the relay stores. */

/** What the relay stores with a capture (`readMetadata`). @param ports at which it hears the caller */
export const recordingMetadata = (
  { id, org_id: organization }: Pick<Call, 'id' | 'org_id'>,
  ports: readonly number[],
) => `trunkline org=${organization} file=${recordingOf(id)} caller=${ports.join(',')}`;

/** Stores the file of a recording that begins. It may be repeated. */
export function recordingWrites({ id, org_id: organization }: Pick<Call, 'id' | 'org_id'>, now: Date) {
  const file = newRecordingFile(id, now);
  const due = (kind: string, after: number) =>
    scheduleDue({ kind, at: new Date(now.getTime() + after).toISOString(), org_id: organization, subject: file.id });
  return [overwrite(fileRow, file), due('file.upload', uploadTimeout), due('file.retention', recordingRetention)];
}
