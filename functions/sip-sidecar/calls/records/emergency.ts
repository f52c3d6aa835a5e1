import { overwrite } from '#dynamodb/write.ts';
import { emergencyCallRow, type EmergencyCallItem } from '#functions/telephony/rows/call-handling.ts';
import type { SidecarContext } from '../../leases/membership.ts';

type Dependencies = {
  readonly context: Pick<SidecarContext, 'tryCommit' | 'clock'>;
  readonly fault: (error: unknown) => void;
};

/** Whose call it is; null: no user's. */
type EmergencyCaller = { readonly organization: number; readonly user: string | null };

/**
 * Notes that a user has called for help, if the call is one: for an hour who calls back gets through. Nothing waits for
 * the note.
 */
export function noteEmergencyCall(
  { context: { tryCommit, clock }, fault }: Dependencies,
  { isEmergency }: { readonly isEmergency: boolean },
  { organization, user }: EmergencyCaller,
): void {
  if (!isEmergency || user === null) return;
  const item: EmergencyCallItem = { user_id: user, at: clock().toISOString() };
  tryCommit(organization, [
    overwrite<'emergencycall', EmergencyCallItem, { user_id: string }>(emergencyCallRow, item),
  ]).catch(fault);
}
