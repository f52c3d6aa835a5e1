import { fileRow } from '#dynamodb/rows/file.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Call } from '#schema/call.ts';
import { newRecordingFile, recordingOf, uploadTimeout, type RecordedParties } from '#schema/file.ts';

/** The recording of a call: a file that waits for its sound, which the recorder of the relay stores. */

/** What the relay stores with a capture (`readMetadata`). @param ports at which it hears the caller */
export const recordingMetadata = (
  { id, org_id: organization }: Pick<Call, 'id' | 'org_id'>,
  ports: readonly number[],
) => `trunkline org=${organization} file=${recordingOf(id)} caller=${ports.join(',')}`;

type RecordedCall = Pick<Call, 'id' | 'org_id' | 'user_id' | 'direction' | 'numbers' | 'legs'>;

/** Who is recorded when a recording begins. Parties that join later are known by the CDRs of the call. */
const partiesOf = ({ user_id, direction, numbers, legs }: RecordedCall): RecordedParties => ({
  direction,
  users: distinct([user_id, ...legs.map((leg) => leg.user_id)]),
  parties: distinct([numbers.caller, numbers.called, ...legs.flatMap(({ number, target }) => [number, target])]),
});

const distinct = (values: readonly (string | null)[]): string[] => [
  ...new Set(values.filter((value) => value !== null)),
];

/** Stores the file of a recording that begins. It may be repeated. */
export function recordingWrites(call: RecordedCall, now: Date) {
  const { id, org_id: organization } = call;
  const file = newRecordingFile(id, partiesOf(call), now);
  const at = new Date(now.getTime() + uploadTimeout).toISOString();
  return [overwrite(fileRow, file), scheduleDue({ kind: 'file.upload', at, org_id: organization, subject: file.id })];
}
