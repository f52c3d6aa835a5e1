import { overwrite } from '#dynamodb/write.ts';
import { emergencyCallRow, type EmergencyCallItem } from '#functions/telephony/rows/call-handling.ts';
import type { SidecarContext } from '../../leases/membership.ts';

/** Notes that a user has called for help: for an hour who calls back gets through. */
export const noteEmergencyCall = (
  { tryCommit, clock }: Pick<SidecarContext, 'tryCommit' | 'clock'>,
  organization: number,
  user: string,
): Promise<unknown> =>
  tryCommit(organization, [
    overwrite<'emergencycall', EmergencyCallItem, { user_id: string }>(emergencyCallRow, {
      user_id: user,
      at: clock().toISOString(),
    }),
  ]);
